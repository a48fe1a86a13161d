package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// figure is a number that may be missing.
type figure float64

var missing = figure(math.NaN())

func (f figure) is() bool { return !math.IsNaN(float64(f)) }

// text has so many digits after the point, and commas between thousands.
func (f figure) text(digits int) string {
	if !f.is() {
		return "–"
	}
	whole, fraction, hasFraction := strings.Cut(strconv.FormatFloat(float64(f), 'f', digits, 64), ".")
	for at := len(whole) - 3; at > 0 && whole[at-1] != '-'; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if hasFraction {
		return whole + "." + fraction
	}
	return whole
}

// column is a figure of a sample.
type column int

const (
	perSecond  column = iota // events
	cpu                      // µs per event
	peak                     // memory in MiB
	beyondHeld               // the same, without the bodies of the messages that were in flight at once
	calls                    // of SQS, per 1,000 events
	open                     // connections of the receiver at once, at most
	accepted                 // connections of the receiver in all
	p50                      // ms
	p99                      // ms
	idleCalls                // of SQS, while there was nothing to do
	idlePolls                // receives under way at the end of that time
	columns
)

// sample is what one run of one program gave. A figure that a mode does not have is missing.
type sample [columns]figure

func nothing() (s sample) {
	for c := range s {
		s[c] = missing
	}
	return s
}

// result is one row: a sample of each program a round, those of a round next to each other in time.
type result struct {
	mode        mode
	ours, floor []sample
}

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

func medianOf(samples []sample, c column) figure {
	values := make([]figure, len(samples))
	for i := range samples {
		values[i] = samples[i][c]
	}
	return median(values)
}

// median is that of ours.
func (r *result) median(c column) figure { return medianOf(r.ours, c) }

// ratio is the median over the rounds of ours divided by the floor's.
func (r *result) ratio(c column) figure {
	return r.compare(c, func(ours, floor figure) figure {
		if floor == 0 {
			return missing
		}
		return ours / floor
	})
}

// difference is the median over the rounds of ours less the floor's.
func (r *result) difference(c column) figure {
	return r.compare(c, func(ours, floor figure) figure { return ours - floor })
}

func (r *result) compare(c column, how func(ours, floor figure) figure) figure {
	values := make([]figure, min(len(r.ours), len(r.floor)))
	for i := range values {
		values[i] = how(r.ours[i][c], r.floor[i][c])
	}
	return median(values)
}

// percentile of sorted values by nearest rank: the smallest that at least p of 100 are not above.
func percentile(sorted []float64, p float64) figure {
	if len(sorted) == 0 {
		return missing
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return figure(sorted[min(max(rank, 1), len(sorted))-1])
}
