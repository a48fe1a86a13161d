package main

import "time"

// mode is one row of the table: what is sent, and to whom.
type mode struct {
	Name   string
	Format string        // the forwarder's setting
	Size   int           // bytes of an event
	Events int           // measured, after those for warming up
	Answer int           // bytes of the receiver's answer
	Delay  time.Duration // of the receiver's answer
	Rate   int           // events a second; 0 means a backlog
	Linger time.Duration // of the forwarder; the floor has none
	Idle   time.Duration // without events, before the first of Events, which then come one by one

	Queue, Receiver protocol

	// For -scale: how many forwarders share the queue, and how many messages each has in flight at most. Otherwise
	// these are 0: one forwarder with its default.
	Forwarders, MaxInFlight int
}

// The ways in which events are sent to the receiver.
const (
	dispatch   = "dispatch"   // one event a request
	sidecar    = "sidecar"    // Dispatch's sidecar: arrays
	batch      = "batch"      // CloudEvents 1.0: arrays
	structured = "structured" // CloudEvents 1.0: one event a request
)

// protocol is what a receiver or a queue speaks, and is spoken to.
type protocol string

const (
	plain protocol = ""
	tls1  protocol = "TLS"    // HTTP/1.1
	tls2  protocol = "HTTP/2" // over TLS
)

const slow = 20 * time.Millisecond // the delay of a slow receiver

var modes = []mode{
	{Name: "dispatch 0.7 kB", Format: dispatch, Size: 700, Events: 10_000},
	{Name: "dispatch 10 kB", Format: dispatch, Size: 10_000, Events: 5_000},
	{Name: "dispatch 200 kB", Format: dispatch, Size: 200_000, Events: 500},
	{Name: "dispatch 0.7 kB, answers 8 kB", Format: dispatch, Size: 700, Events: 10_000, Answer: 8 << 10},
	{Name: "dispatch 0.7 kB, 20 ms", Format: dispatch, Size: 700, Events: 10_000, Delay: slow},
	{Name: "sidecar 0.7 kB", Format: sidecar, Size: 700, Events: 20_000},
	{Name: "batch 10 kB", Format: batch, Size: 10_000, Events: 5_000},
	{Name: "structured 0.7 kB, TLS", Format: structured, Size: 700, Events: 10_000, Receiver: tls1},
	{Name: "structured 0.7 kB, HTTP/2", Format: structured, Size: 700, Events: 10_000, Receiver: tls2},
	{Name: "structured 0.7 kB, 20 ms, TLS", Format: structured, Size: 700, Events: 10_000, Receiver: tls1, Delay: slow},
	{Name: "structured 0.7 kB, 20 ms, HTTP/2", Format: structured, Size: 700, Events: 10_000, Receiver: tls2, Delay: slow},
	{Name: "structured 0.7 kB, SQS TLS, TLS", Format: structured, Size: 700, Events: 10_000, Queue: tls1, Receiver: tls1},
	{Name: "dispatch 0.7 kB, 300/s", Format: dispatch, Size: 700, Events: 750, Rate: 300},
	{
		Name: "dispatch 0.7 kB, 300/s, linger", Format: dispatch, Size: 700, Events: 750, Rate: 300,
		Linger: 100 * time.Millisecond,
	},
	{Name: "dispatch 0.7 kB, idle", Format: dispatch, Size: 700, Events: 3, Idle: 1500 * time.Millisecond},
}

func (m *mode) hasArrays() bool { return m.Format == sidecar || m.Format == batch }
func (m *mode) hasTLS() bool    { return m.Receiver != plain || m.Queue != plain }
func (m *mode) isBacklog() bool { return m.Rate == 0 && m.Idle == 0 }
func (m *mode) isSlow() bool    { return m.Delay > 0 }

// warmUp is how many events are sent before those that are measured: fewer when they are large.
func (m *mode) warmUp() int {
	switch {
	case m.Forwarders > 0:
		return 0
	case m.Idle > 0:
		return 1 // so few that no second poller starts, which would be idle only when its long poll has ended
	case m.Rate > 0:
		return m.Rate / 2 // half a second of it
	}
	return min(1000, 20_000_000/m.Size)
}

// pace is how many events a second are sent while it is measured.
func (m *mode) pace() int {
	if m.Idle > 0 {
		return 4 // each after the one before has been dealt with
	}
	return m.Rate
}

// floorLoops is how many loops the floor runs at once, and posts how many requests each of them has in flight. A
// receiver that answers at once is served best by few loops that do one thing after another; a slow one by 600 posts at
// once.
func (m *mode) floorLoops() (loops, posts int) {
	switch {
	case m.Idle > 0:
		return 1, 1
	case m.isSlow() && m.hasArrays():
		return 60, 1
	case m.isSlow():
		return 60, 10
	}
	return 8, 1
}
