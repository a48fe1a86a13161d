package main

import "time"

// benchCase is one row of the table: what is sent, and to whom.
type benchCase struct {
	name   string
	format string        // the forwarder's setting
	size   int           // bytes of an event
	events int           // measured events, which follow those for warming up
	answer int           // bytes of the receiver's answer
	delay  time.Duration // of the receiver's answer
	rate   int           // events a second; 0 means a backlog
	linger time.Duration // of the forwarder; the baseline has none

	queue, receiver protocol
}

// The ways in which events are sent to the receiver.
const (
	dispatch   = "dispatch"         // one event a request
	sidecar    = "dispatch-sidecar" // arrays
	batch      = "batch"            // CloudEvents 1.0: arrays
	structured = "structured"       // CloudEvents 1.0: one event a request
)

// protocol is the protocol over which the receiver or the queue is reached.
type protocol int

const (
	http1  protocol = iota // HTTP/1.1 without TLS
	https1                 // HTTP/1.1 with TLS
	https2                 // HTTP/2 with TLS
)

const slow = 20 * time.Millisecond // the delay of a slow receiver

var cases = []benchCase{
	{name: "dispatch 0.7 kB", format: dispatch, size: 700, events: 10_000},
	{name: "dispatch 10 kB", format: dispatch, size: 10_000, events: 5_000},
	{name: "dispatch 200 kB", format: dispatch, size: 200_000, events: 500},
	{name: "dispatch 0.7 kB, answers 8 kB", format: dispatch, size: 700, events: 10_000, answer: 8 << 10},
	{name: "dispatch 0.7 kB, 20 ms", format: dispatch, size: 700, events: 10_000, delay: slow},
	{name: "sidecar 0.7 kB", format: sidecar, size: 700, events: 20_000},
	{name: "batch 10 kB", format: batch, size: 10_000, events: 5_000},
	{name: "structured 0.7 kB, TLS", format: structured, size: 700, events: 10_000, receiver: https1},
	{name: "structured 0.7 kB, HTTP/2", format: structured, size: 700, events: 10_000, receiver: https2},
	{name: "structured 0.7 kB, 20 ms, TLS", format: structured, size: 700, events: 10_000, receiver: https1, delay: slow},
	{
		name: "structured 0.7 kB, 20 ms, HTTP/2", format: structured, size: 700, events: 10_000, receiver: https2,
		delay: slow,
	},
	{
		name: "structured 0.7 kB, SQS TLS, TLS", format: structured, size: 700, events: 10_000, queue: https1,
		receiver: https1,
	},
	{name: "dispatch 0.7 kB, 300/s", format: dispatch, size: 700, events: 750, rate: 300},
	{
		name: "dispatch 0.7 kB, 300/s, linger", format: dispatch, size: 700, events: 750, rate: 300,
		linger: 100 * time.Millisecond,
	},
}

func (m *benchCase) hasArrays() bool { return m.format == sidecar || m.format == batch }
func (m *benchCase) hasTLS() bool    { return m.receiver != http1 || m.queue != http1 }
func (m *benchCase) isSlow() bool    { return m.delay > 0 }

// warmUp returns how many events are sent before the measured ones: fewer if they are large.
func (m *benchCase) warmUp() int {
	if m.rate > 0 {
		return m.rate / 2 // half a second's events
	}
	return min(1000, 20_000_000/m.size)
}
