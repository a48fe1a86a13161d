package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
)

// column is a figure of a sample.
type column int

const (
	perSecond   column = iota // events
	cpu                       // µs per event
	peak                      // memory in MiB
	beyondHeld                // the same, without the bodies of the messages in flight
	calls                     // requests to SQS, per 1,000 events
	connections               // that the receiver accepted
	p50                       // ms
	p99                       // ms
	columns
)

// sample has the figures of one run of one program. A figure that a case does not have is missing.
type sample [columns]float64

var missing = math.NaN()

func format(figure float64, digits int) string {
	if math.IsNaN(figure) {
		return "–"
	}
	return strconv.FormatFloat(figure, 'f', digits, 64)
}

// result is one row: for each round one sample of each program, taken one right after the other.
type result struct {
	benchCase      benchCase
	ours, baseline []sample
}

// comparison is what is shown of a figure: the forwarder's, the baseline's, or both compared.
type comparison func(ours, baseline float64) float64

func ours(ours, _ float64) float64              { return ours }
func theirs(_, baseline float64) float64        { return baseline }
func ratio(ours, baseline float64) float64      { return ours / baseline }
func difference(ours, baseline float64) float64 { return ours - baseline }

// median compares the figures of each round and returns the median; for an even number of rounds, that is the mean of
// the two in the middle.
func (r *result) median(c column, compare comparison) float64 {
	values := make([]float64, len(r.ours))
	for i := range values {
		values[i] = compare(r.ours[i][c], r.baseline[i][c])
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// percentile returns a percentile by nearest rank: the smallest value that at least p percent of the values do not
// exceed.
func percentile(sorted []float64, p float64) float64 {
	rank := math.Ceil(p / 100 * float64(len(sorted)))
	return sorted[int(rank)-1]
}

// shown are the columns of the table.
var shown = []struct {
	heading string
	column  column
	compare comparison
	digits  int
}{
	{"events/s", perSecond, ours, 0},
	{"base", perSecond, theirs, 0},
	{"ratio", perSecond, ratio, 2},
	{"CPU µs", cpu, ours, 1},
	{"base", cpu, theirs, 1},
	{"ratio", cpu, ratio, 2},
	{"MiB", peak, ours, 1},
	{"base", peak, theirs, 1},
	{"SQS", calls, ours, 1},
	{"base", calls, theirs, 1},
	{"conns", connections, ours, 0},
	{"base", connections, theirs, 0},
	{"p50 ms", p50, ours, 2},
	{"base", p50, theirs, 2},
	{"p99 ms", p99, ours, 2},
	{"base", p99, theirs, 2},
	{"added", p99, difference, 2},
}

const legend = "CPU µs: CPU time per event. MiB: peak memory. SQS: calls per 1,000 events. " +
	"conns: connections to the receiver. base: the baseline, a minimal program."

// writeTable prints the medians of all rounds.
func writeTable(out io.Writer, results []*result, rounds int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprint(table, "case\t") // Flush returns the error
	for _, s := range shown {
		_, _ = fmt.Fprint(table, s.heading+"\t")
	}
	for _, r := range results {
		_, _ = fmt.Fprint(table, "\n"+r.benchCase.name+"\t")
		for _, s := range shown {
			_, _ = fmt.Fprint(table, format(r.median(s.column, s.compare), s.digits)+"\t")
		}
	}
	_, _ = fmt.Fprintf(table, "\n%s\nMedians of %d rounds; %d cores, %s %s/%s\n",
		legend, rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return table.Flush()
}
