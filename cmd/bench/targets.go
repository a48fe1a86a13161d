package main

import (
	"errors"
	"fmt"
)

const maxInFlight = 1000 // the forwarder's default, which the bench leaves as it is

// missed names every target that the results do not meet.
func missed(results []result) error {
	var errs []error
	for i := range results {
		errs = append(errs, results[i].missed()...)
	}
	return errors.Join(errs...)
}

// missed compares a result with the targets of its mode. A figure that is missing meets none.
func (r *result) missed() (errs []error) {
	miss := func(what string, value figure, bound string, limit figure, unit string) {
		errs = append(errs, fmt.Errorf("missed: %s: %s: %s %s, %s %s is the target",
			r.mode.Name, what, value.text(2), unit, bound, limit.text(2)))
	}
	atMost := func(what string, value, limit figure, unit string) {
		if !value.is() || value > limit {
			miss(what, value, "at most", limit, unit)
		}
	}
	m := &r.mode
	memory := figure(32)
	if m.isSlow() && m.hasTLS() {
		memory = 48 // net/http has two goroutines a connection, and TLS its buffers
	}
	atMost("connections", r.median(accepted), maxInFlight+10, "accepted by the receiver")
	atMost("peak memory", r.median(beyondHeld), memory, "MiB beyond what is held")
	switch {
	case m.Idle > 0:
		atMost("SQS calls without events", r.median(idleCalls), 1, "per idle time")
		atMost("receives under way when idle", r.median(idlePolls), 1, "at its end")
		atMost("p50 after idling", r.difference(p50), 3, "ms more than the floor's")
		return errs
	case m.Linger > 0:
		atMost("SQS calls", r.median(calls), 240, "per 1,000 events")
		atMost("p99", r.median(p99), 130, "ms")
		return errs
	case m.Rate > 0:
		atMost("p99", r.difference(p99), 3, "ms more than the floor's")
		return errs
	}
	cost, speed := figure(1.35), figure(0.75)
	if m.hasArrays() {
		cost = 1.5
	}
	if m.isSlow() && !m.hasTLS() {
		speed = 0.7
	}
	atMost("CPU per event", r.ratio(cpu), cost, "× the floor's")
	if ratio := r.ratio(perSecond); !ratio.is() || ratio < speed {
		miss("events a second", ratio, "at least", speed, "× the floor's")
	}
	oneMore := max(1, 1000/figure(m.Events)) // of few events, one call that is not full
	atMost("SQS calls", r.median(calls), 200+oneMore, "per 1,000 events")
	return errs
}
