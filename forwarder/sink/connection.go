package sink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// connection is one to the receiver. One goroutine at a time uses it.
type connection struct {
	net.Conn
	owner  *direct
	raw    syscall.RawConn // nil when it is none of the system's
	reader *bufio.Reader
	left   int64     // bytes that may be read before the answer's head has to be complete
	used   bool      // it has brought an answer
	since  time.Time // it has been idle

	ctx   context.Context // that interrupts it
	unlet func() bool     // lets it no more
}

const (
	readBuffer  = 1 << 10 // the head of an answer, whose body is read past it
	writeBuffer = 16 << 10
	maxHead     = 64 << 10               // of an answer
	maxInterim  = 5                      // answers of the class 1xx before it
	lateAnswer  = 100 * time.Millisecond // for an answer that came before the request was sent
)

// writers are shared: a request is written at once, so few of hundreds of connections need one at a time.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeBuffer) }}

// errNoAnswer is of a connection that was used before, and ended before the first byte of an answer.
var errNoAnswer = errors.New("connection was closed before an answer")

// exchange makes one request. The connection is the answer's until its body is closed.
func (c *connection) exchange(request *http.Request, deadline time.Time) (*http.Response, error) {
	err := c.obey(request.Context())
	if err == nil {
		err = c.SetDeadline(deadline)
	}
	if err == nil && c.used && c.raw != nil && !quiet(c.raw) {
		err = errNoAnswer
	}
	if err == nil {
		err = request.Context().Err() // looked at when an interruption would no longer be undone
	}
	if err != nil {
		c.shut()
		return nil, err
	}
	response, err := c.ask(request)
	if err != nil {
		c.shut()
		return nil, err
	}
	response.Body = &answer{ReadCloser: response.Body, connection: c, last: response.Close}
	return response, nil
}

func (c *connection) ask(request *http.Request) (*http.Response, error) {
	unsent := c.send(request)
	if unsent != nil { // refused, perhaps, before all of it was sent: then there is an answer
		_ = c.SetReadDeadline(time.Now().Add(lateAnswer)) // of a connection that is closed, which the read says
	}
	c.left = maxHead
	if _, err := c.reader.Peek(1); err != nil {
		if unsent != nil {
			err = unsent
		}
		if c.used && !errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: %w", errNoAnswer, err)
		}
		return nil, err
	}
	response, err := c.head(request)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	response.Close = response.Close || unsent != nil
	c.left, c.used = math.MaxInt64, true
	return response, nil
}

func (c *connection) send(request *http.Request) error {
	w := writers.Get().(*bufio.Writer)
	w.Reset(c.Conn)
	defer func() {
		w.Reset(nil)
		writers.Put(w)
	}()
	if err := request.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// head reads the head of the answer, past those that only announce it.
func (c *connection) head(request *http.Request) (*http.Response, error) {
	for range maxInterim + 1 {
		response, err := http.ReadResponse(c.reader, request)
		if err != nil {
			return nil, err
		}
		if response.StatusCode < 100 || response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, nil
		}
	}
	return nil, errors.New("too many interim answers")
}

// Read is the reader's: it bounds an answer's head.
func (c *connection) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("head is longer than %d bytes", maxHead)
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// obey has the end of ctx interrupt what the connection does. Nearly always ctx is the one of the request before; if another one that
// came before has ended, its interruption may be still to come, and the connection is of no use any more.
func (c *connection) obey(ctx context.Context) error {
	if c.ctx == ctx {
		return nil
	}
	if c.unlet != nil && !c.unlet() {
		return errNoAnswer
	}
	c.ctx = ctx
	c.unlet = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // of a connection that is closed by then
	return nil
}

func (c *connection) shut() {
	if c.unlet != nil {
		c.unlet()
	}
	_ = c.Close() // whatever it says, it is done with
}

// answer is an answer's body. When it has been read to its end the connection can be used again.
type answer struct {
	io.ReadCloser
	connection *connection
	whole      bool
	last       bool // there is no further answer on this connection
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.whole = a.whole || err == io.EOF
	return n, err
}

// Close implements io.Closer; it is called once. It does not close what it wraps, which would read all the rest.
func (a *answer) Close() error {
	c := a.connection
	if a.whole && !a.last && c.reader.Buffered() == 0 {
		c.owner.put(c)
	} else {
		c.shut()
	}
	return nil
}
