package httpclient

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

// http1 speaks HTTP/1.1, with or without TLS. The goroutine that makes a request writes it and reads the answer itself.
// net/http keeps two more goroutines per connection and hands each request from one to the other: with a receiver 20 ms
// away, and so 300 connections, their stacks were most of the program's memory, and scanning them took the garbage
// collector a fifth of the program's time. Requests are still written, and answers parsed, by net/http's code.
type http1 struct {
	net.Conn // the TLS connection, or network without TLS
	owner    *connection
	network  net.Conn        // the connection below TLS
	raw      syscall.RawConn // nil if the connection has no file descriptor
	reader   *bufio.Reader
	limited  *io.LimitedReader // limits the size of an answer's head
	sent     chan error        // gets the result of writing each request
	failed   bool

	ctx    context.Context // its end interrupts the connection
	unbind func() bool     // prevents that interruption
}

const (
	readBuffer  = 1 << 10 // for the head of an answer; large reads of the body bypass it
	writeBuffer = 16 << 10
	largeBody   = 32 << 10 // writing more may block: the receiver may have answered and stopped reading
	maxHead     = 64 << 10 // of an answer, with the interim answers before it
	// halfSentWait limits two waits after a request was sent only in part. If the answer came first, the rest of the
	// request may still be written. If writing failed, an answer that the receiver sent before may still be read.
	halfSentWait = 100 * time.Millisecond
)

// writers are shared: writing a request takes little time, so only a few of hundreds of connections need a buffer at
// once.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeBuffer) }}

func newHTTP1(owner *connection, conn, network net.Conn) *http1 {
	h := &http1{Conn: conn, owner: owner, network: network, sent: make(chan error, 1)}
	h.unbind = func() bool { return true } // no context is bound yet
	if system, ok := network.(syscall.Conn); ok {
		h.raw, _ = system.SyscallConn() // without raw, the next request finds out that the connection has ended
	}
	h.limited = &io.LimitedReader{R: conn, N: math.MaxInt64}
	h.reader = bufio.NewReaderSize(h.limited, readBuffer)
	return h
}

func (h *http1) takes(int) bool { return true }

// close sends TLS's closing message only if the connection has not failed: otherwise writing it might block.
func (h *http1) close() {
	h.unbind()
	if h.failed {
		_ = h.network.Close() // an error does not matter any more
	} else {
		_ = h.Close()
	}
}

func (h *http1) exchange(request *http.Request, deadline time.Time, used bool) (*http.Response, error) {
	h.failed = true // until there is an answer
	if err := h.bind(request.Context()); err != nil {
		return nil, err
	}
	if used && !h.isQuiet() {
		return nil, errClosedEarly
	}
	_ = h.SetDeadline(deadline)                     // fails if the connection is closed; then the write fails too
	if err := request.Context().Err(); err != nil { // checked after SetDeadline, which would undo an earlier interruption
		return nil, err
	}
	if request.ContentLength < largeBody {
		h.sent <- h.write(request)
	} else { // it is written while the answer is read, because the receiver may refuse it early and stop reading
		go func() { h.sent <- h.write(request) }()
	}
	h.limited.N = maxHead
	if _, err := h.reader.Peek(1); err != nil {
		if unsent := h.end(0); unsent != nil && !errors.Is(unsent, os.ErrDeadlineExceeded) {
			err = unsent
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: %w", errClosedEarly, err)
		}
		return nil, err
	}
	response, err := h.head(request)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	h.limited.N = math.MaxInt64
	response.Body = &answer{ReadCloser: response.Body, conn: h.owner, last: response.Close}
	return response, nil
}

// isQuiet reports whether an idle connection is still open and has received nothing. If there were bytes, the next
// request would take them for its answer. Messages of the TLS protocol, such as a session ticket, are read and skipped.
func (h *http1) isQuiet() bool {
	_ = h.network.SetReadDeadline(time.Time{}) // the last deadline may have passed: then nothing could be read
	nothing := h.raw == nil || nothingBuffered(h.raw)
	if h.Conn == h.network {
		return nothing
	}
	until := time.Unix(1, 0) // so that only what TLS has already read is checked
	if !nothing {
		until = time.Now().Add(10 * time.Millisecond)
	}
	_ = h.SetReadDeadline(until) // fails if the connection is closed; then the read fails too
	_, err := h.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// nothingBuffered reports whether the operating system holds neither unread bytes nor an end of the connection.
func nothingBuffered(raw syscall.RawConn) bool {
	nothing := false
	err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && nothing
}

// end returns the error of writing the request, if any. If it is still being written, end stops that after limit.
func (h *http1) end(limit time.Duration) error {
	if len(h.sent) == 0 {
		_ = h.network.SetWriteDeadline(time.Now().Add(limit)) // fails if the connection is closed; then the write fails too
	}
	return <-h.sent
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
	// the receiver may have refused the request before all of it was sent: then there is an answer
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		_ = h.SetReadDeadline(time.Now().Add(halfSentWait)) // fails if the connection is closed; then the read fails too
	}
	return err
}

// head reads the head of the answer and skips interim answers (1xx).
func (h *http1) head(request *http.Request) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(h.reader, request)
		if err != nil && h.limited.N == 0 {
			return nil, fmt.Errorf("head is longer than %d bytes", maxHead)
		}
		if err != nil || response.StatusCode/100 != 1 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
}

// bind makes the end of ctx interrupt the connection. Usually ctx is already bound, by the request before. If a
// different context was bound and has ended, its interruption may still come, so the connection cannot be used any
// more.
func (h *http1) bind(ctx context.Context) error {
	if h.ctx == ctx {
		return nil
	}
	if !h.unbind() {
		return errClosedEarly
	}
	h.ctx = ctx
	// fails if the connection is closed by then
	h.unbind = context.AfterFunc(ctx, func() { _ = h.SetDeadline(time.Unix(1, 0)) })
	return nil
}

// finish does not close the body, which would read all the rest of it.
func (h *http1) finish(a *answer) bool {
	h.failed = !a.whole || h.end(halfSentWait) != nil
	return !h.failed && h.reader.Buffered() == 0
}
