package main

import (
	"errors"
	"fmt"
)

const maxInFlight = 1000 // the forwarder's default, which the bench leaves as it is

// target is a limit for one figure of a case: the highest value that meets it or, if isLeast, the lowest.
type target struct {
	what    string
	column  column
	compare comparison
	isLeast bool
	limit   float64
	unit    string
}

// targets returns the targets of a case.
func (m *benchCase) targets() []target {
	// 32 without OpenTelemetry's exporter: its library links gRPC, 2.5 MiB of program code that its start touches.
	memory, cost, speed := 35.0, 1.35, 0.75
	if m.isSlow() && m.hasTLS() {
		memory = 48 // net/http has two goroutines a connection, and TLS its buffers
	} else if m.isSlow() {
		speed = 0.7
	}
	if m.hasArrays() {
		cost = 1.5
	}
	all := []target{
		{"connections", connections, ours, false, maxInFlight + 10, "accepted by the receiver"},
		{"peak memory", beyondHeld, ours, false, memory, "MiB beyond the messages in flight"},
	}
	switch {
	case m.linger > 0:
		return append(all,
			target{"SQS calls", calls, ours, false, 240, "per 1,000 events"},
			target{"p99", p99, ours, false, 130, "ms"})
	case m.rate > 0:
		return append(all, target{"p99", p99, difference, false, 3, "ms more than the baseline's"})
	}
	oneMore := max(1, 1000/float64(m.events)) // allows one call that is not full, which counts if there are few events
	return append(all,
		target{"CPU per event", cpu, ratio, false, cost, "× the baseline's"},
		target{"events a second", perSecond, ratio, true, speed, "× the baseline's"},
		target{"SQS calls", calls, ours, false, 200 + oneMore, "per 1,000 events"})
}

// missed returns an error that names every target that the results do not meet. A missing figure meets no target.
func missed(results []*result) error {
	var errs []error
	for _, r := range results {
		for _, t := range r.benchCase.targets() {
			value, bound := r.median(t.column, t.compare), "at most"
			isMet := value <= t.limit
			if t.isLeast {
				bound, isMet = "at least", value >= t.limit
			}
			if !isMet {
				errs = append(errs, fmt.Errorf("not met: %s: %s: %s %s; the target is %s %.2f",
					r.benchCase.name, t.what, format(value, 2), t.unit, bound, t.limit))
			}
		}
	}
	return errors.Join(errs...)
}
