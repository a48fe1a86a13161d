package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// receiver accepts events and counts them, as cheaply as is possible with net/http: it looks for one marker in each
// event and parses nothing else.
type receiver struct {
	delay       time.Duration
	answer      []byte
	bodies      sync.Pool
	arrived     []atomic.Int64 // Unix nanoseconds of the first arrival, by number
	total       atomic.Int64   // events, including duplicates
	connections atomic.Int64   // accepted
}

func newReceiver(m *benchCase) *receiver {
	return &receiver{
		delay:   m.delay,
		answer:  bytes.Repeat([]byte(" "), m.answer),
		bodies:  sync.Pool{New: func() any { return new(bytes.Buffer) }},
		arrived: make([]atomic.Int64, m.warmUp()+m.events),
	}
}

func (r *receiver) connection(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		r.connections.Add(1)
	}
}

// ServeHTTP accepts an event or an array of events.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body := r.bodies.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is put there
	defer r.bodies.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(request.Body); err != nil || body.Len() == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	now := time.Now().UnixNano()
	eventsIn(body.Bytes(), func(i int) {
		r.total.Add(1)
		if i < len(r.arrived) {
			r.arrived[i].CompareAndSwap(0, now)
		}
	})
	time.Sleep(r.delay)
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(r.answer))}
	_, _ = w.Write(r.answer) // a client that has closed the connection needs no answer
}

// check fails if not every event has arrived exactly once: the speed of such a run means nothing.
func (r *receiver) check() error {
	distinct := 0
	for i := range r.arrived {
		if r.arrived[i].Load() != 0 {
			distinct++
		}
	}
	if sent, total := len(r.arrived), r.total.Load(); distinct != sent || total != int64(sent) {
		return fmt.Errorf("%d events were sent and %d of them arrived; with duplicates, %d arrived", sent, distinct, total)
	}
	return nil
}
