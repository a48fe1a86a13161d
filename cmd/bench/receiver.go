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

type receiverConfig struct {
	Protocol protocol
	Delay    time.Duration
	Answer   int // bytes
	Events   int // numbers of events that are expected: 0 to Events-1
}

// receiver takes events and counts them, as cheaply as net/http can: it looks for one marker an event and reads nothing
// else.
type receiver struct {
	delay   time.Duration
	answer  []byte
	bodies  sync.Pool
	arrived []atomic.Int64 // Unix nanoseconds of the first arrival, by number
	total   atomic.Int64

	mu      sync.Mutex
	open    int64
	receipt receipt
}

// receipt is a receiver's report at the end.
type receipt struct {
	Arrived        []int64
	Distinct       int
	Total          int64
	Open, Accepted int64            // connections at once, at most, and in all
	Shares         map[string]int64 // requests by ORG, of forwarders that have one
}

// runReceiver is the receiver's process. It first prints its URL, and reports when its input ends.
func runReceiver(_ context.Context, c receiverConfig) error {
	r := &receiver{
		delay: c.Delay, answer: bytes.Repeat([]byte(" "), c.Answer), arrived: make([]atomic.Int64, c.Events),
		receipt: receipt{Shares: map[string]int64{}},
	}
	lines := json.NewEncoder(os.Stdout)
	if err := lines.Encode(serve(c.Protocol, r, r.connection).URL); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // an end of any kind is the end
	r.mu.Lock()
	defer r.mu.Unlock()
	r.receipt.Total = r.total.Load()
	for i := range r.arrived {
		at := r.arrived[i].Load()
		r.receipt.Arrived = append(r.receipt.Arrived, at)
		if at != 0 {
			r.receipt.Distinct++
		}
	}
	return lines.Encode(r.receipt)
}

func (r *receiver) connection(_ net.Conn, state http.ConnState) {
	if state != http.StateNew && state != http.StateClosed {
		return
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
		r.receipt.Shares[org]++
		r.mu.Unlock()
	}
	if r.delay > 0 {
		time.Sleep(r.delay)
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
