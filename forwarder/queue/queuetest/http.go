package queuetest

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const maxRequest = 8 << 20 // a batch of 1 MiB, every byte of it escaped

var (
	errUnknown = sender(http.StatusBadRequest, "UnknownOperationException", "InvalidAction",
		"The action or operation requested is not one of this server's.")
	errTooLarge = sender(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "RequestEntityTooLarge",
		"The request is too large.")
)

// ServeHTTP handles one request of AWS's JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.leave()
	if !s.enter() {
		reset(w)
		return
	}
	c := calls.Get().(*call)
	defer c.free()
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	do, ok := operations[name]
	if !ok || r.Method != http.MethodPost {
		c.write(w, errUnknown)
		return
	}
	s.stats.requests[name].Add(1)
	if err := c.read(w, r); err != nil {
		c.write(w, err)
		return
	}
	c.ctx, c.base, c.trace = r.Context(), s.URL, r.Header.Get("X-Amzn-Trace-Id")
	if c.base == "" {
		c.base = "http://" + r.Host
	}
	if f := s.faults.Load(); f != nil {
		c.fault = (*f)(name)
		if c.fault != (Fault{}) {
			s.stats.faults.Add(1)
		}
	}
	s.handle(w, c, do)
}

// handle does what was asked for, and what the fault makes of it.
func (s *Server) handle(w http.ResponseWriter, c *call, do operation) {
	f := &c.fault
	if !s.sleep(c.ctx, f.Before) || f.Reset {
		reset(w)
		return
	}
	err := f.Error
	if err == nil {
		err = do(s, c)
		if !s.sleep(c.ctx, f.After) || f.Lose {
			reset(w)
			return
		}
	}
	c.write(w, err)
}

// sleep returns false if nobody waits for the answer any more, or the server is closed, which cuts what it has not
// answered.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		case <-s.closed:
		}
	}
	select {
	case <-s.closed:
		return false
	default:
		return true
	}
}

// read fills c.body.
func (c *call) read(w http.ResponseWriter, r *http.Request) *Error {
	n := r.ContentLength
	if n > maxRequest {
		return errTooLarge
	}
	if n < 0 {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			return errTooLarge
		}
		c.body = b
		return nil
	}
	if int64(cap(c.body)) < n {
		c.body = make([]byte, n, n+n/4)
	}
	c.body = c.body[:n]
	if _, err := io.ReadFull(r.Body, c.body); err != nil {
		return errSyntax
	}
	return nil
}

var contentType = []string{"application/x-amz-json-1.0"}

// write answers with what c.out holds, or with the error.
func (c *call) write(w http.ResponseWriter, err *Error) {
	h := w.Header()
	h["Content-Type"] = contentType
	h["X-Amzn-Requestid"] = []string{requestID()}
	status := http.StatusOK
	if err != nil {
		status = err.Status
		fault := ";Sender"
		if !err.senderFault() {
			fault = ";Receiver"
		}
		h["X-Amzn-Query-Error"] = []string{err.Code + fault}
		c.out = append(append(c.out[:0], `{"__type":"com.amazonaws.sqs#`...), err.Type...)
		c.out = append(appendQuoted(append(c.out, `","message":`...), err.Message), '}')
	}
	h["Content-Length"] = []string{strconv.Itoa(len(c.out))}
	w.WriteHeader(status)
	if c.fault.Truncate {
		_, _ = w.Write(c.out[:len(c.out)/2]) // cut off anyway
		_ = http.NewResponseController(w).Flush()
		reset(w)
		return
	}
	_, _ = w.Write(c.out) // if the client has gone, its answer is lost: that is what SQS does
}

// reset cuts the connection.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not a connection of its own: HTTP/2, or a recorder
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an end
	}
	_ = conn.Close()
}

var requests atomic.Uint64

// requestID looks like AWS's, and tells the requests of a run apart.
func requestID() string {
	b := append(make([]byte, 0, 36), "00000000-0000-5000-8000-000000000000"...)
	n := requests.Add(1)
	for i := len(b) - 1; n > 0 && b[i] != '-'; i-- {
		b[i] = hexDigits[n&15]
		n >>= 4
	}
	return string(b)
}
