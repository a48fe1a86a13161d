package sinktest

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/internal/reset"
)

// instead answers in the dialect's stead; false means that the request is dealt with.
func (r *Receiver) instead(w http.ResponseWriter, req *http.Request, f Fault) bool {
	switch f.Kind {
	case Answer:
		if !r.pause(req, f.Delay) {
			return false
		}
		a := f.answer()
		r.reject(req, a.status, a.reason)
		a.write(w)
		return false
	case Stall:
		r.reject(req, 0, "stalled")
		select {
		case <-req.Context().Done():
		case <-r.closed:
			reset.Connection(w, nil)
		}
		return false
	}
	return true
}

// after sends the dialect's answer, or what is left of it.
func (r *Receiver) after(w http.ResponseWriter, req *http.Request, f Fault, a answer) {
	switch f.Kind {
	case ResetAfter:
		if r.pause(req, f.Delay) {
			reset.Connection(w, nil)
		}
	case Half:
		if r.pause(req, f.Delay) {
			reset.Connection(w, a.half())
		}
	case Slow:
		r.slow(w, req, f.Delay, a)
	default:
		if r.pause(req, f.Delay) {
			a.write(w)
		}
	}
}

func (f Fault) answer() answer {
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	reason := f.Body
	if reason == "" {
		reason = http.StatusText(status)
	}
	a := text(status, reason)
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", f.RetryAfter)
	}
	if f.RetryDate > 0 {
		a.header.Set("Retry-After", time.Now().Add(f.RetryDate).UTC().Format(http.TimeFormat))
	}
	return a
}

// pause is false when the client has gone or the receiver was closed meanwhile.
func (r *Receiver) pause(req *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-req.Context().Done():
		return false
	case <-r.closed:
		return false
	}
}

func (r *Receiver) slow(w http.ResponseWriter, req *http.Request, d time.Duration, a answer) {
	conn := reset.Hijack(w)
	defer func() { _ = conn.Close() }()
	whole := a.wire()
	for i := range whole {
		if _, err := conn.Write(whole[i : i+1]); err != nil || !r.pause(req, d/time.Duration(len(whole))) {
			return
		}
	}
}

// wire is the answer as bytes, with the connection closed after it.
func (a answer) wire() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %d\r\n", a.status, http.StatusText(a.status),
		len(a.body))
	_ = a.header.Write(&b) // a bytes.Buffer takes all
	b.WriteString("\r\n")
	b.Write(a.body)
	return b.Bytes()
}

// half ends within the body, or after the status line where there is no body.
func (a answer) half() []byte {
	whole := a.wire()
	if len(a.body) == 0 {
		return whole[:bytes.IndexByte(whole, '\n')+1]
	}
	return whole[:len(whole)-(len(a.body)+1)/2]
}
