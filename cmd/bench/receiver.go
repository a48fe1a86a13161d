package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// receiver takes events and counts them, as cheaply as net/http can: it looks for one marker an event and reads nothing
// else.
type receiver struct {
	Protocol protocol
	Delay    time.Duration
	Answer   int // bytes
	Events   int // numbers of events that are expected: 0 to Events-1

	arrived  []atomic.Int64 // Unix nanoseconds of the first arrival, by number
	answer   []byte
	total    atomic.Int64
	open     atomic.Int64
	maxOpen  atomic.Int64
	accepted atomic.Int64
	bodies   sync.Pool

	mu     sync.Mutex
	shares map[string]int64 // requests by ORG, of forwarders that have one
}

// receipt is a receiver's report at the end.
type receipt struct {
	Arrived        []int64
	Distinct       int
	Total          int64
	Open, Accepted int64            // connections at once, at most, and in all
	Shares         map[string]int64 // requests by the forwarder's ORG
}

// runReceiver is the receiver's process. It first prints its URL, and reports when its input ends.
func runReceiver(r *receiver, in io.Reader, out io.Writer) error {
	r.arrived, r.shares = make([]atomic.Int64, r.Events), map[string]int64{}
	r.answer = bytes.Repeat([]byte(" "), r.Answer)
	lines := json.NewEncoder(out)
	if err := lines.Encode(serve(r.Protocol, r, r.connection).URL); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, in) // an end of any kind is the end
	return lines.Encode(r.report())
}

func (r *receiver) connection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		r.accepted.Add(1)
		n := r.open.Add(1)
		for seen := r.maxOpen.Load(); n > seen && !r.maxOpen.CompareAndSwap(seen, n); {
			seen = r.maxOpen.Load()
		}
	case http.StateClosed, http.StateHijacked:
		r.open.Add(-1)
	}
}

// ServeHTTP takes an event or an array of them.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := r.bodies.Get().(*[]byte)
	if n := int(request.ContentLength); body == nil || cap(*body) < n {
		fresh := make([]byte, max(n, 0))
		body = &fresh
	}
	defer r.bodies.Put(body)
	*body = (*body)[:max(request.ContentLength, 0)]
	if _, err := io.ReadFull(request.Body, *body); err != nil || len(*body) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.count(*body)
	if org := request.Header.Get("X-Dispatch-Org"); org != "" {
		r.mu.Lock()
		r.shares[org]++
		r.mu.Unlock()
	}
	if r.Delay > 0 {
		time.Sleep(r.Delay)
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(r.answer))}
	_, _ = w.Write(r.answer) // who has gone does not read it
}

func (r *receiver) count(body []byte) {
	now := time.Now().UnixNano()
	eventsIn(body, body[0] == '[', func(i int) {
		r.total.Add(1)
		if i < len(r.arrived) {
			r.arrived[i].CompareAndSwap(0, now)
		}
	})
}

func (r *receiver) report() receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := receipt{
		Total: r.total.Load(), Open: r.maxOpen.Load(), Accepted: r.accepted.Load(),
		Arrived: make([]int64, len(r.arrived)), Shares: r.shares,
	}
	for i := range r.arrived {
		if out.Arrived[i] = r.arrived[i].Load(); out.Arrived[i] != 0 {
			out.Distinct++
		}
	}
	return out
}
