package main

import (
	"fmt"
	"time"
)

// The ways in which events are sent to the receiver: settings of the forwarder.
const (
	dispatch = "dispatch" // one event a request
	sidecar  = "sidecar"  // Dispatch's sidecar: arrays
	batch    = "batch"    // CloudEvents 1.0: arrays

	structured = "structured" // CloudEvents 1.0: one event a request
)

// mode is one row of the table.
type mode struct {
	Name   string
	Format string
	Size   int           // bytes of an event
	Delay  time.Duration // of the receiver's answer
	Answer int           // bytes of the receiver's answer
	Events int           // measured, after those for warming up
	Rate   int           // events a second; 0 means a backlog
	Linger time.Duration // of the forwarder; the floor has none
	Idle   time.Duration // without events, before the first of Events, which then come one by one
	Cold   bool          // no events to warm up with

	Receiver, Queue protocol

	quick bool // part of a quick run
}

// protocol is what a receiver or a queue speaks, and is spoken to.
type protocol string

const (
	plain protocol = ""
	tls1  protocol = "TLS"    // HTTP/1.1
	tls2  protocol = "HTTP/2" // over TLS
)

func (m *mode) arrays() bool  { return m.Format == sidecar || m.Format == batch }
func (m *mode) secure() bool  { return m.Receiver != plain || m.Queue != plain }
func (m *mode) backlog() bool { return m.Rate == 0 && m.Idle == 0 }
func (m *mode) slow() bool    { return m.Delay > 0 }

const (
	warmUp       = 1000 // events; fewer when they are large
	warmUpBytes  = 20_000_000
	warmUpIdle   = 1   // so few that no second poller starts, which would be idle only when its long poll has ended
	rate         = 300 // events a second in the modes that measure latency
	largeAnswer  = 8 << 10
	slowReceiver = 20 * time.Millisecond
)

func (m *mode) warmUp() int {
	switch {
	case m.Cold:
		return 0
	case m.Idle > 0 && m.Idle < longPoll:
		return warmUpIdle
	case m.Rate > 0:
		return m.Rate / 2 // half a second of it
	}
	return min(warmUp, warmUpBytes/m.Size)
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
	case m.slow() && m.arrays():
		return 60, 1
	case m.slow():
		return 60, 10
	}
	return 8, 1
}

// modes are all rows. A quick run takes some of them, with fewer events.
func modes(full bool) []mode {
	all := []mode{
		{Format: dispatch, Size: 700, Events: 40_000, quick: true},
		{Format: dispatch, Size: 10_000, Events: 20_000, quick: true},
		{Format: dispatch, Size: 200_000, Events: 2_000, quick: true},
		{Format: dispatch, Size: 700, Events: 40_000, Answer: largeAnswer, quick: true},
		{Format: dispatch, Size: 700, Events: 40_000, Delay: slowReceiver, quick: true},
		{Format: dispatch, Size: 10_000, Events: 20_000, Delay: slowReceiver},
		{Format: sidecar, Size: 700, Events: 80_000, quick: true},
		{Format: sidecar, Size: 10_000, Events: 20_000},
		{Format: sidecar, Size: 200_000, Events: 2_000},
		{Format: sidecar, Size: 700, Events: 80_000, Delay: slowReceiver},
		{Format: batch, Size: 700, Events: 80_000},
		{Format: batch, Size: 10_000, Events: 20_000, quick: true},
		{Format: batch, Size: 200_000, Events: 2_000},
		{Format: batch, Size: 700, Events: 80_000, Delay: slowReceiver},
		{Format: structured, Size: 700, Events: 40_000, Receiver: tls1, quick: true},
		{Format: structured, Size: 700, Events: 40_000, Receiver: tls2, quick: true},
		{Format: structured, Size: 700, Events: 40_000, Receiver: tls1, Delay: slowReceiver, quick: true},
		{Format: structured, Size: 700, Events: 40_000, Receiver: tls2, Delay: slowReceiver, quick: true},
		{Format: structured, Size: 700, Events: 40_000, Queue: tls1, Receiver: tls1, quick: true},
		{Format: structured, Size: 10_000, Events: 20_000, Queue: tls1, Receiver: tls2},
		{Format: dispatch, Size: 700, Events: 20 * rate, Rate: rate, quick: true},
		{Format: dispatch, Size: 700, Events: 20 * rate, Rate: rate, Linger: 100 * time.Millisecond, quick: true},
		{Format: dispatch, Size: 700, Events: 20, Idle: 30 * time.Second, quick: true},
	}
	var chosen []mode
	for _, m := range all {
		if !full && !m.quick {
			continue
		}
		if !full {
			m.shorten()
		}
		m.Name = m.name()
		chosen = append(chosen, m)
	}
	return chosen
}

// shorten makes a mode fit for a quick run: its figures are less steady.
func (m *mode) shorten() {
	part := 4
	if !m.backlog() {
		part = 8 // the time is fixed, however fast the machine is
	}
	m.Events = max(m.Events/part, 3)
	m.Idle /= 20
}

func (m *mode) name() string {
	name := fmt.Sprintf("%s %g kB", m.Format, float64(m.Size)/1000)
	switch {
	case m.Answer > 0:
		name += fmt.Sprintf(", answers %d kB", m.Answer>>10)
	case m.slow():
		name += fmt.Sprintf(", %d ms", m.Delay.Milliseconds())
	}
	if m.Queue != plain {
		name += fmt.Sprintf(", SQS %s", m.Queue)
	}
	if m.Receiver != plain {
		name += fmt.Sprintf(", %s", m.Receiver)
	}
	switch {
	case m.Idle > 0:
		name += ", idle"
	case m.Rate > 0:
		name += fmt.Sprintf(", %d/s", m.Rate)
	}
	if m.Linger > 0 {
		name += ", linger"
	}
	return name
}
