package main

import "time"

// benchCase is one row of the table: what is sent, and to whom.
type benchCase struct {
	name   string
	format string        // the forwarder's setting; dispatch and structured have one event a request, the others arrays
	size   int           // bytes of an event
	events int           // measured events, which follow those for warming up
	answer int           // bytes of the receiver's answer
	delay  time.Duration // of the receiver's answer, if the receiver is slow
	rate   int           // events a second; 0 means a backlog
	linger time.Duration // of the forwarder; the baseline has none

	sqsTLS, tls, http2 bool // SQS over TLS; the receiver over TLS, with HTTP/1.1 or HTTP/2
}

const slow = 20 * time.Millisecond

var cases = []benchCase{
	{name: "dispatch 0.7 kB", format: "dispatch", size: 700, events: 10_000},
	{name: "dispatch 10 kB", format: "dispatch", size: 10_000, events: 5_000},
	{name: "dispatch 200 kB", format: "dispatch", size: 200_000, events: 500},
	{name: "dispatch 0.7 kB, answers 8 kB", format: "dispatch", size: 700, events: 10_000, answer: 8 << 10},
	{name: "dispatch 0.7 kB, 20 ms", format: "dispatch", size: 700, events: 10_000, delay: slow},
	{name: "sidecar 0.7 kB", format: "dispatch-sidecar", size: 700, events: 20_000},
	{name: "batch 10 kB", format: "batch", size: 10_000, events: 5_000},
	{name: "structured 0.7 kB, TLS", format: "structured", size: 700, events: 10_000, tls: true},
	{name: "structured 0.7 kB, HTTP/2", format: "structured", size: 700, events: 10_000, http2: true},
	{name: "structured 0.7 kB, 20 ms, TLS", format: "structured", size: 700, events: 10_000, tls: true, delay: slow},
	{name: "structured 0.7 kB, 20 ms, HTTP/2", format: "structured", size: 700, events: 10_000, http2: true, delay: slow},
	{name: "structured 0.7 kB, SQS TLS, TLS", format: "structured", size: 700, events: 10_000, sqsTLS: true, tls: true},
	{name: "dispatch 0.7 kB, 300/s", format: "dispatch", size: 700, events: 750, rate: 300},
	{
		name: "dispatch 0.7 kB, 300/s, linger", format: "dispatch", size: 700, events: 750, rate: 300,
		linger: 100 * time.Millisecond,
	},
}

func (m *benchCase) hasArrays() bool { return m.format == "dispatch-sidecar" || m.format == "batch" }

// warmUp returns how many events are sent before the measured ones: fewer if they are large.
func (m *benchCase) warmUp() int {
	if m.rate > 0 {
		return m.rate / 2 // half a second's events
	}
	return min(1000, 20_000_000/m.size)
}
