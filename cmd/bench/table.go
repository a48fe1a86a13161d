package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

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
	cores                    // that all processes of the run kept busy
	leastShare               // of the work, of several forwarders; an even share is 1
	mostShare
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

// figure is a number that may be missing.
type figure float64

var missing = figure(math.NaN())

func (f figure) is() bool { return !math.IsNaN(float64(f)) }

// text has so many digits after the point, and commas between thousands.
func (f figure) text(digits int) string {
	if !f.is() {
		return "–"
	}
	text := strconv.FormatFloat(float64(f), 'f', digits, 64)
	point := strings.IndexByte(text+".", '.')
	for at := point - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// median of the rounds that have the figure; of an even number, the mean of the two in the middle.
func median(values []figure) figure {
	values = slices.DeleteFunc(slices.Clone(values), func(f figure) bool { return !f.is() })
	n := len(values)
	if n == 0 {
		return missing
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// percentile of sorted values by nearest rank: the smallest that at least p of 100 are not above.
func percentile(sorted []figure, p float64) figure {
	rank := math.Ceil(p / 100 * float64(len(sorted)))
	return sorted[int(rank)-1]
}

// result is one row: a sample of each program a round, those of a round next to each other in time.
type result struct {
	mode        mode
	ours, floor []sample
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

const (
	heading = "mode\tevents/s\tfloor\tratio\tCPU µs\tfloor\tratio\tMiB\tfloor\tSQS\tfloor\tconns\tfloor\t" +
		"p50 ms\tfloor\tp99 ms\tfloor\tadded\t"
	legend = "CPU µs: of the process, per event. MiB: its peak. SQS: calls per 1,000 events. " +
		"conns: of the receiver, at once. floor: a bare loop."
)

func (r *result) row() string {
	cells := []string{r.mode.Name}
	pair := func(digits int, c column) {
		cells = append(cells, r.median(c).text(digits), medianOf(r.floor, c).text(digits))
	}
	pair(0, perSecond)
	cells = append(cells, r.ratio(perSecond).text(2))
	pair(1, cpu)
	cells = append(cells, r.ratio(cpu).text(2))
	pair(1, peak)
	pair(1, calls)
	pair(0, open)
	pair(2, p50)
	pair(2, p99)
	cells = append(cells, r.difference(p99).text(2))
	return strings.Join(cells, "\t") + "\t"
}

// writeTable shows the medians of all rounds; ratios and differences are medians of those within a round.
func writeTable(out io.Writer, results []result, rounds int) error {
	var text strings.Builder // to which writing never fails
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, heading)
	for i := range results {
		_, _ = fmt.Fprintln(table, results[i].row())
	}
	_ = table.Flush()
	for i := range results {
		text.WriteString(results[i].notes())
	}
	_, err := fmt.Fprintf(out, "%s%s\nMedian of %d; %d cores, %s %s/%s\n",
		&text, legend, rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// notes are what has no column.
func (r *result) notes() (notes string) {
	if r.mode.Idle > 0 {
		notes += fmt.Sprintf("%s: %s SQS calls in %s without events, %s receives under way at the end\n", r.mode.Name,
			r.median(idleCalls).text(0), r.mode.Idle, r.median(idlePolls).text(0))
	}
	if all, most := r.median(accepted), r.median(open); all > most+10 {
		notes += fmt.Sprintf("%s: the receiver accepted %s connections in all\n", r.mode.Name, all.text(0))
	}
	return notes
}

// progress is one round in a line.
func progress(ours, floor sample) string {
	r := result{ours: []sample{ours}, floor: []sample{floor}}
	text := fmt.Sprintf("CPU %s µs/event, %s × the floor's", ours[cpu].text(1), r.ratio(cpu).text(2))
	if ours[perSecond].is() {
		return text + fmt.Sprintf("; %s events/s, %s ×", ours[perSecond].text(0), r.ratio(perSecond).text(2))
	}
	return text + fmt.Sprintf("; p99 %s ms, floor %s ms", ours[p99].text(2), floor[p99].text(2))
}
