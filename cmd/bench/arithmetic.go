package main

import (
	"encoding/json"
	"math"
	"slices"
)

// sample is what one run of one program gave. A figure that a mode does not have is NaN.
type sample struct {
	PerSecond figure `json:"events_per_second"`
	CPU       figure `json:"cpu_us_per_event"`
	Peak      figure `json:"peak_mib"`
	Held      figure `json:"held_mib"` // bodies of the messages that were in flight at once, at most
	Calls     figure `json:"sqs_calls_per_1000"`
	Open      figure `json:"receiver_connections_open"`     // at once, at most
	Accepted  figure `json:"receiver_connections_accepted"` // in all
	P50       figure `json:"p50_ms"`
	P99       figure `json:"p99_ms"`
	IdleCalls figure `json:"idle_sqs_calls"` // while there was nothing to do
	IdlePolls figure `json:"idle_receives"`  // under way at the end of that time
}

// figure is a number that may be missing.
type figure float64

var missing = figure(math.NaN())

func (f figure) is() bool { return !math.IsNaN(float64(f)) }

// MarshalJSON writes null for what is missing.
func (f figure) MarshalJSON() ([]byte, error) {
	if !f.is() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// nothing is a sample without figures.
func nothing() sample {
	return sample{missing, missing, missing, missing, missing, missing, missing, missing, missing, missing, missing}
}

// result is one row: a sample of each program a round, those of a round next to each other in time.
type result struct {
	Mode  string   `json:"mode"`
	Ours  []sample `json:"forwarder"`
	Floor []sample `json:"floor"`

	mode mode
}

type column func(*sample) figure

// median of the rounds; of an even number, the mean of the two in the middle.
func median(values []figure) figure {
	values = slices.DeleteFunc(slices.Clone(values), func(f figure) bool { return !f.is() })
	if len(values) == 0 {
		return missing
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func medianOf(samples []sample, of column) figure {
	values := make([]figure, len(samples))
	for i := range samples {
		values[i] = of(&samples[i])
	}
	return median(values)
}

// compare is the median over the rounds of what how makes of the two figures of a round.
func (r *result) compare(of column, how func(ours, floor figure) figure) figure {
	values := make([]figure, min(len(r.Ours), len(r.Floor)))
	for i := range values {
		values[i] = how(of(&r.Ours[i]), of(&r.Floor[i]))
	}
	return median(values)
}

func (r *result) ratio(of column) figure {
	return r.compare(of, func(ours, floor figure) figure {
		if floor == 0 {
			return missing
		}
		return ours / floor
	})
}

func (r *result) difference(of column) figure {
	return r.compare(of, func(ours, floor figure) figure { return ours - floor })
}

// percentile of sorted values by nearest rank: the smallest that at least p of 100 are not above.
func percentile(sorted []float64, p float64) figure {
	if len(sorted) == 0 {
		return missing
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return figure(sorted[min(max(rank, 1), len(sorted))-1])
}
