package main

import (
	"errors"
	"fmt"
)

const maxInFlight = 1000 // the forwarder's default, which the bench leaves as it is

// target is what a figure of a result has to be.
type target struct {
	what, unit   string
	value, limit figure
	isMin        bool // the figure must not be below the limit, else not above it
}

func (t *target) isMet() bool {
	if t.isMin {
		return t.value >= t.limit
	}
	return t.value <= t.limit
}

// targets are those of a result's mode.
func (r *result) targets() []target {
	m := &r.mode
	memory := figure(32)
	if m.isSlow() && m.hasTLS() {
		memory = 48 // net/http has two goroutines a connection, and TLS its buffers
	}
	all := []target{
		{what: "connections", unit: "accepted by the receiver", value: r.median(accepted), limit: maxInFlight + 10},
		{what: "peak memory", unit: "MiB beyond what is held", value: r.median(beyondHeld), limit: memory},
	}
	switch {
	case m.Idle > 0:
		return append(all,
			target{what: "SQS calls without events", value: r.median(idleCalls), limit: 1},
			target{what: "receives under way when idle", value: r.median(idlePolls), limit: 1},
			target{what: "p50 after idling", unit: "ms more than the floor's", value: r.difference(p50), limit: 3},
		)
	case m.Linger > 0:
		return append(all,
			target{what: "SQS calls", unit: "per 1,000 events", value: r.median(calls), limit: 240},
			target{what: "p99", unit: "ms", value: r.median(p99), limit: 130},
		)
	case m.Rate > 0:
		return append(all, target{what: "p99", unit: "ms more than the floor's", value: r.difference(p99), limit: 3})
	}
	cost, speed := figure(1.35), figure(0.75)
	if m.hasArrays() {
		cost = 1.5
	}
	if m.isSlow() && !m.hasTLS() {
		speed = 0.7
	}
	oneMore := max(1, 1000/figure(m.Events)) // of few events, one call that is not full
	return append(all,
		target{what: "CPU per event", unit: "× the floor's", value: r.ratio(cpu), limit: cost},
		target{what: "events a second", unit: "× the floor's", value: r.ratio(perSecond), limit: speed, isMin: true},
		target{what: "SQS calls", unit: "per 1,000 events", value: r.median(calls), limit: 200 + oneMore},
	)
}

// missed names every target that the results do not meet.
func missed(results []result) error {
	var errs []error
	for i := range results {
		r := &results[i]
		for _, t := range r.targets() {
			if t.isMet() {
				continue
			}
			bound := "at most"
			if t.isMin {
				bound = "at least"
			}
			errs = append(errs, fmt.Errorf("missed: %s: %s: %s %s, %s %s is the target",
				r.mode.Name, t.what, t.value.text(2), t.unit, bound, t.limit.text(2)))
		}
	}
	return errors.Join(errs...)
}
