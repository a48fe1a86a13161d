package sinktest

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"io"
	"math"
	"net"
	"net/http"
	"time"
)

// Kind is a way to fail.
type Kind string

// The ways to fail. If the comment says that the event is accepted, a retry makes a duplicate.
const (
	// Status answers with Fault.Status, Body and RetryAfter; the event is not accepted.
	Status Kind = "status"
	// Stall reads the request and never answers; the event is not accepted.
	Stall Kind = "stall"
	// Reset cuts the connection before the request's body is read; the event is not accepted.
	Reset Kind = "reset"
	// ResetAfter cuts the connection after the body is read; the event is accepted, but its answer is lost.
	ResetAfter Kind = "reset-after"
	// Half sends half an answer and cuts the connection; the event is accepted.
	Half Kind = "half"
	// Slow spreads the answer over Delay, byte by byte; the event is accepted.
	Slow Kind = "slow"
	// BrokerDown fails to publish: the first After events of the request are accepted, the next is answered with 500.
	BrokerDown Kind = "broker-down"
)

// Kinds lists every way to fail.
func Kinds() []Kind { return []Kind{Status, Stall, Reset, ResetAfter, Half, Slow, BrokerDown} }

// Fault describes what goes wrong with a request: nothing if it is zero.
type Fault struct {
	Kind       Kind          // if empty, the answer is as usual, after Delay
	Status     int           // of the kind Status; 503 when 0
	Body       string        // of the kind Status
	RetryAfter string        // header, of the kind Status: seconds or an HTTP date
	Delay      time.Duration // before the answer; the time that Slow takes
	After      int           // of BrokerDown
	Left       int           // how many requests a queued fault is still for; if below 0, all until Heal
}

// Fault queues a fault for n POSTs; faults that earlier calls have queued come first. If n is below 0, all later POSTs
// get it, until Heal.
func (r *Receiver) Fault(n int, f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Left = n
	r.pending = append(r.pending, f)
}

// Heal removes the faults that Fault has queued.
func (r *Receiver) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = nil
}

// Pending returns the queued faults, the next one first; without any, an empty list.
func (r *Receiver) Pending() []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Fault{}, r.pending...)
}

// next takes the next fault from the queue, if there is one.
func (r *Receiver) next() (f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 {
		return f
	}
	f = r.pending[0]
	switch {
	case f.Left > 1:
		r.pending[0].Left--
	case f.Left >= 0:
		r.pending = r.pending[1:]
	}
	return f
}

// answer returns the answer for a fault of the kind Status.
func (f Fault) answer() answer {
	status := cmp.Or(f.Status, http.StatusServiceUnavailable)
	a := text(status, cmp.Or(f.Body, http.StatusText(status)))
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", f.RetryAfter)
	}
	return a
}

// send sends the answer, or as much of it as the fault permits.
func (f Fault) send(w http.ResponseWriter, req *http.Request, a answer) {
	if f.Kind == Stall {
		f.Delay = math.MaxInt64
	}
	switch {
	case f.Kind == Slow:
		sendSlowly(w, req, f.Delay, a.wire())
	case f.Kind == Reset, !pause(req, f.Delay), f.Kind == ResetAfter:
		Cut(w)
	case f.Kind == Half:
		whole := a.wire()
		sendSlowly(w, req, 0, whole[:len(whole)/2])
	default:
		a.write(w)
	}
}

// sendSlowly sends the bytes one by one, and closes the connection.
func sendSlowly(w http.ResponseWriter, req *http.Request, d time.Duration, whole []byte) {
	conn := hijack(w)
	defer func() { _ = conn.Close() }()
	for i := range whole {
		if _, err := conn.Write(whole[i : i+1]); err != nil || !pause(req, d/time.Duration(len(whole))) {
			return
		}
	}
}

// wire returns the answer as bytes, with a header that closes the connection.
func (a answer) wire() []byte {
	var b bytes.Buffer
	response := http.Response{
		ProtoMajor: 1, ProtoMinor: 1, StatusCode: a.status, Header: a.header, Close: true,
		ContentLength: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body)),
	}
	_ = response.Write(&b) // a bytes.Buffer never fails
	return b.Bytes()
}

// Cut cuts the connection that a request came over with a TCP reset.
func Cut(w http.ResponseWriter) {
	conn := hijack(w)
	defer func() { _ = conn.Close() }()
	if secret, ok := conn.(*tls.Conn); ok {
		conn = secret.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes the close a reset
	}
}

// hijack takes the connection over. If that is impossible (HTTP/2), it panics with http.ErrAbortHandler, which makes
// net/http reset the stream.
func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}
