package main

import (
	"errors"
	"fmt"
)

// target is a limit for one figure of a case: the highest value that meets it or, if isLeast, the lowest.
type target struct {
	what    string
	value   float64
	isLeast bool
	limit   float64
	unit    string
}

// targets returns the targets of the case, with the medians that it has reached.
func (r *result) targets() []target {
	m := r.benchCase
	ours, _, ratio, added := r.medians()
	// Memory would be 32 without OpenTelemetry's exporter, which links gRPC: its start touches 2.5 MiB of that code.
	memory, cost, speed := 35.0, 1.35, 0.75
	if m.delay > 0 && (m.tls || m.http2) {
		memory = 48 // net/http has two goroutines a connection, and TLS its buffers
	} else if m.delay > 0 {
		speed = 0.7
	}
	if m.hasArrays() {
		cost = 1.5
	}
	all := []target{
		{"connections", ours[connections], false, 1010, "accepted by the receiver"}, // MAX_IN_FLIGHT is 1000
		{"peak memory", ours[beyondHeld], false, memory, "MiB beyond the messages in flight"},
	}
	switch {
	case m.linger > 0:
		return append(all,
			target{"SQS calls", ours[calls], false, 240, "per 1,000 events"},
			target{"p99", ours[p99], false, 130, "ms"})
	case m.rate > 0:
		return append(all, target{"p99", added[p99], false, 3, "ms more than the baseline's"})
	}
	oneMore := max(1, 1000/float64(m.events)) // allows one call that is not full, which counts if there are few events
	return append(all,
		target{"CPU per event", ratio[cpu], false, cost, "× the baseline's"},
		target{"events a second", ratio[perSecond], true, speed, "× the baseline's"},
		target{"SQS calls", ours[calls], false, 200 + oneMore, "per 1,000 events"})
}

// missed returns an error that names every target that the results do not meet. A missing figure meets no target.
func missed(results []*result) error {
	var errs []error
	for _, r := range results {
		for _, t := range r.targets() {
			bound, isMet := "at most", t.value <= t.limit
			if t.isLeast {
				bound, isMet = "at least", t.value >= t.limit
			}
			if !isMet {
				errs = append(errs, fmt.Errorf("not met: %s: %s: %s %s; the target is %s %.2f",
					r.benchCase.name, t.what, format(t.value, 2), t.unit, bound, t.limit))
			}
		}
	}
	return errors.Join(errs...)
}
