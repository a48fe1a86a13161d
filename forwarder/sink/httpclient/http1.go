package httpclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// http1 speaks HTTP/1.1, with or without TLS. The goroutine that asks writes the request and reads the answer itself.
// net/http keeps two more goroutines a connection and hands each request from one to the other: with a receiver 20 ms
// away, and so 300 connections, their stacks were most of the program's memory, and to scan them for the collector took
// a fifth of its time. What is written and read is still net/http's code.
type http1 struct {
	net.Conn // where requests are written: TLS's, or the network's
	owner    *connection
	network  net.Conn        // below TLS
	raw      syscall.RawConn // nil when it is none of the system's
	reader   *bufio.Reader
	left     int64 // bytes that may be read before the answer's head has to be complete
	failed   bool

	ctx    context.Context // that interrupts it
	unbind func() bool     // undoes that
}

const (
	readBuffer  = 1 << 10 // the head of an answer, whose body is read past it
	writeBuffer = 16 << 10
	largeBody   = 32 << 10               // more may wait for a receiver that reads no more, and has answered why
	maxHead     = 64 << 10               // of an answer
	maxInterim  = 5                      // answers of the class 1xx before it
	lateAnswer  = 100 * time.Millisecond // for an answer that came before the request was sent
)

// writers are shared: a request is written at once, so few of hundreds of connections need one at a time.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeBuffer) }}

func newHTTP1(owner *connection, conn, network net.Conn) *http1 {
	h := &http1{Conn: conn, owner: owner, network: network}
	if system, ok := network.(syscall.Conn); ok {
		h.raw, _ = system.SyscallConn() // an end shows when the next request gets no answer then
	}
	h.reader = bufio.NewReaderSize(h, readBuffer)
	return h
}

func (h *http1) takes(int) bool { return false }

// close tells the other side of a TLS connection only where nothing can be in the way of that.
func (h *http1) close() {
	if h.unbind != nil {
		h.unbind()
	}
	if h.failed {
		_ = h.network.Close() // whatever it says, it is done with
	} else {
		_ = h.Close()
	}
}

func (h *http1) exchange(request *http.Request, deadline time.Time, used bool) (*http.Response, error) {
	h.failed = true // until an answer says otherwise
	if err := h.bind(request.Context()); err != nil {
		return nil, err
	}
	if used && !h.isQuiet() {
		return nil, errNoAnswer
	}
	if err := h.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if err := request.Context().Err(); err != nil { // looked at when an interruption would no longer be undone
		return nil, err
	}
	sending := h.send(request)
	h.left = maxHead
	if _, err := h.reader.Peek(1); err != nil {
		if unsent := h.end(sending, 0); unsent != nil && !errors.Is(unsent, os.ErrDeadlineExceeded) {
			err = unsent
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: %w", errNoAnswer, err)
		}
		return nil, err
	}
	response, err := h.head(request)
	if err != nil {
		_ = h.end(sending, 0) // the answer is what is wrong
		return nil, fmt.Errorf("read answer: %w", err)
	}
	h.left = math.MaxInt64
	response.Body = &answer{
		tracked: tracked{ReadCloser: response.Body}, conn: h, sending: sending, last: response.Close,
	}
	return response, nil
}

// isQuiet reports whether nothing has come on an idle connection, neither its end nor bytes that nobody asked for: the
// next request would take those for its own answer. Messages of TLS itself, such as a session ticket, are read on the
// way.
func (h *http1) isQuiet() bool {
	nothing := h.raw == nil || quiet(h.raw)
	if h.Conn == h.network {
		return nothing
	}
	until := time.Unix(1, 0) // looks only at what TLS has read already
	if !nothing {
		until = time.Now().Add(10 * time.Millisecond)
	}
	if err := h.SetReadDeadline(until); err != nil {
		return false
	}
	_, err := h.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// quiet is isQuiet for the bytes that the system has.
func quiet(raw syscall.RawConn) bool {
	nothing := false
	err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && nothing
}

// sending is a request on its way, or what came of it.
type sending struct {
	large chan error // brings err, once
	err   error
}

// send writes a request. A large one is written beside the reading of the answer, which may come early: the receiver
// refuses it, and reads no further.
func (h *http1) send(request *http.Request) sending {
	if request.ContentLength < largeBody {
		return sending{err: h.write(request)}
	}
	large := make(chan error, 1)
	go func() { large <- h.write(request) }()
	return sending{large: large}
}

// end gives what is still on its way some time to end, and returns why not all was sent.
func (h *http1) end(s sending, patience time.Duration) error {
	if s.large == nil {
		return s.err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-s.large:
		return err
	case <-timer.C:
		_ = h.network.SetWriteDeadline(time.Unix(1, 0)) // of a connection that is done with
		return <-s.large
	}
}

func (h *http1) write(request *http.Request) error {
	w := writers.Get().(*bufio.Writer)
	w.Reset(h.Conn)
	defer func() {
		w.Reset(nil)
		writers.Put(w)
	}()
	err := request.Write(w)
	if err == nil {
		err = w.Flush()
	}
	// refused, perhaps, before all of it was sent: then there is an answer
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		_ = h.SetReadDeadline(time.Now().Add(lateAnswer)) // of a connection that is closed, which the read says
	}
	return err
}

// head reads the head of the answer, past those that only announce it.
func (h *http1) head(request *http.Request) (*http.Response, error) {
	for range maxInterim + 1 {
		response, err := http.ReadResponse(h.reader, request)
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
func (h *http1) Read(p []byte) (int, error) {
	if h.left <= 0 {
		return 0, fmt.Errorf("head is longer than %d bytes", maxHead)
	}
	n, err := h.Conn.Read(p[:min(int64(len(p)), h.left)])
	h.left -= int64(n)
	return n, err
}

// bind makes the end of ctx interrupt the connection. Usually ctx is already bound, by the request before. If a
// different context was bound and has ended, its interruption may still come, so the connection cannot be used any
// more.
func (h *http1) bind(ctx context.Context) error {
	if h.ctx == ctx {
		return nil
	}
	if h.unbind != nil && !h.unbind() {
		return errNoAnswer
	}
	h.ctx = ctx
	// of a connection that is closed by then
	h.unbind = context.AfterFunc(ctx, func() { _ = h.SetDeadline(time.Unix(1, 0)) })
	return nil
}

// answer is an answer's body. When it has been read to its end the connection can be used again.
type answer struct {
	tracked
	conn    *http1
	sending sending
	last    bool // there is no further answer on this connection
}

// Close implements io.Closer; it is called once. It does not close what it wraps, which would read all the rest.
func (a *answer) Close() error {
	h, patience := a.conn, time.Duration(0)
	if a.whole {
		patience = lateAnswer
	}
	unsent := h.end(a.sending, patience)
	h.failed = !a.whole || unsent != nil
	h.owner.client.done(h.owner, !h.failed && !a.last && h.reader.Buffered() == 0)
	return nil
}
