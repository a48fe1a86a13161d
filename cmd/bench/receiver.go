package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// receiver takes events and counts them, as cheaply as net/http can: it looks for one marker an event and reads nothing
// else.
type receiver struct {
	delay   time.Duration
	answer  []byte
	bodies  sync.Pool
	arrived []atomic.Int64 // Unix nanoseconds of the first arrival, by number
	total   atomic.Int64

	mu      sync.Mutex
	open    int64 // connections
	receipt receipt
}

// receipt is a receiver's report at the end.
type receipt struct {
	Arrived        []int64 // Unix nanoseconds of the first arrival, by number; 0 if it has not arrived
	Total          int64
	Open, Accepted int64            // connections at once, at most, and in all
	Shares         map[string]int64 // requests by ORG, of forwarders that have one
}

// runReceiver is the receiver's process. It first prints its URL, and reports when its input ends.
func runReceiver(_ context.Context, t *task) error {
	r := &receiver{
		delay:   t.Mode.Delay,
		answer:  bytes.Repeat([]byte(" "), t.Mode.Answer),
		bodies:  sync.Pool{New: func() any { return new(bytes.Buffer) }},
		arrived: make([]atomic.Int64, t.Mode.warmUp()+t.Mode.Events),
		receipt: receipt{Shares: map[string]int64{}},
	}
	lines := json.NewEncoder(os.Stdout)
	if err := lines.Encode(serve(t.Mode.Receiver, r, r.connection).URL); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // an end of any kind is the end
	r.mu.Lock()
	defer r.mu.Unlock()
	r.receipt.Total = r.total.Load()
	for i := range r.arrived {
		r.receipt.Arrived = append(r.receipt.Arrived, r.arrived[i].Load())
	}
	return lines.Encode(r.receipt)
}

func (r *receiver) connection(_ net.Conn, state http.ConnState) {
	if state != http.StateNew && state != http.StateClosed {
		return // a request begins or ends
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if state == http.StateClosed {
		r.open--
		return
	}
	r.receipt.Accepted++
	r.open++
	r.receipt.Open = max(r.receipt.Open, r.open)
}

// ServeHTTP takes an event or an array of them.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body := r.bodies.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is put there
	defer r.bodies.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(request.Body); err != nil || body.Len() == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.count(body.Bytes())
	if org := request.Header.Get("X-Dispatch-Org"); org != "" {
		r.mu.Lock()
		r.receipt.Shares[org]++
		r.mu.Unlock()
	}
	time.Sleep(r.delay)
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(r.answer))}
	_, _ = w.Write(r.answer) // who has gone does not read it
}

func (r *receiver) count(body []byte) {
	now := time.Now().UnixNano()
	eventsIn(body, func(i int) {
		r.total.Add(1)
		if i < len(r.arrived) {
			r.arrived[i].CompareAndSwap(0, now)
		}
	})
}
