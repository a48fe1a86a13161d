package main

import (
	"errors"
	"fmt"
	"time"
)

// target is what a figure of some modes has to be.
type target struct {
	what  string
	unit  string
	of    func(*mode) bool
	value func(*result) figure
	limit func(*mode) figure
	isMin bool // the figure must not be below the limit, else not above it
}

const (
	inFlight = 1000 // the forwarder's default, which the bench leaves as it is
	longPoll = 20 * time.Second
)

func always(f figure) func(*mode) figure { return func(*mode) figure { return f } }
func every(*mode) bool                   { return true }
func backlog(m *mode) bool               { return m.backlog() }
func idle(m *mode) bool                  { return m.Idle > 0 }
func lingers(m *mode) bool               { return m.Linger > 0 }
func steady(m *mode) bool                { return m.Rate > 0 && m.Linger == 0 }

func of(c column) func(*result) figure {
	return func(r *result) figure { return medianOf(r.ours, c) }
}

func ratioOf(c column) func(*result) figure { return func(r *result) figure { return r.ratio(c) } }
func addedTo(c column) func(*result) figure { return func(r *result) figure { return r.difference(c) } }

func speed(m *mode) figure {
	if m.slow() && !m.secure() {
		return 0.7
	}
	return 0.75
}

var targets = []target{
	{what: "CPU per event", unit: "× the floor's", of: backlog, value: ratioOf(cpu), limit: func(m *mode) figure {
		if m.arrays() {
			return 1.5
		}
		return 1.35
	}},
	{what: "events a second", unit: "× the floor's", of: backlog, value: ratioOf(perSecond), isMin: true, limit: speed},
	{what: "SQS calls", unit: "per 1,000 events", of: backlog, value: of(calls), limit: func(m *mode) figure {
		return 200 + max(1, 1000/figure(m.Events)) // of few events, one call that is not full
	}},
	{what: "connections", unit: "accepted by the receiver", of: every, value: of(accepted), limit: always(inFlight + 10)},
	{what: "peak memory", unit: "MiB beyond what is held", of: every, value: of(beyondHeld), limit: func(m *mode) figure {
		if m.slow() && m.secure() { // net/http has two goroutines a connection, and TLS its buffers
			return 48
		}
		return 32
	}},
	{what: "p99", unit: "ms more than the floor's", of: steady, value: addedTo(p99), limit: always(3)},
	{what: "SQS calls", unit: "per 1,000 events", of: lingers, value: of(calls), limit: always(240)},
	{what: "p99", unit: "ms", of: lingers, value: of(p99), limit: always(130)},
	{what: "SQS calls without events", of: idle, value: of(idleCalls), limit: func(m *mode) figure {
		return figure(m.Idle/longPoll) + 1
	}},
	{what: "receives under way when idle", of: idle, value: of(idlePolls), limit: always(1)},
	{what: "p50 after idling", unit: "ms more than the floor's", of: idle, value: addedTo(p50), limit: always(3)},
}

func (t *target) met(r *result) bool {
	value, limit := t.value(r), t.limit(&r.mode)
	if t.isMin {
		return value >= limit
	}
	return value <= limit
}

// missed names every target that the results do not meet.
func missed(results []result) error {
	var errs []error
	for i := range results {
		r := &results[i]
		for _, t := range targets {
			if t.of(&r.mode) && !t.met(r) {
				bound := map[bool]string{true: "at least", false: "at most"}[t.isMin]
				errs = append(errs, fmt.Errorf("missed: %s: %s: %s %s, %s %s is the target",
					r.mode.Name, t.what, t.value(r).text(2), t.unit, bound, t.limit(&r.mode).text(2)))
			}
		}
	}
	return errors.Join(errs...)
}
