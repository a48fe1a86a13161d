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

// sample has the figures of one run of one program. A figure that a mode does not have is missing.
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
	mode        mode
	ours, floor []sample
}

// comparison is what is shown of a figure: the forwarder's, the floor's, or both compared.
type comparison func(ours, floor float64) float64

func ours(ours, _ float64) float64           { return ours }
func theirs(_, floor float64) float64        { return floor }
func ratio(ours, floor float64) float64      { return ours / floor }
func difference(ours, floor float64) float64 { return ours - floor }

// median compares the figures of each round and returns the median; for an even number of rounds, that is the mean of
// the two in the middle.
func (r *result) median(c column, compare comparison) float64 {
	values := make([]float64, len(r.ours))
	for i := range values {
		values[i] = compare(r.ours[i][c], r.floor[i][c])
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

// shown are the columns of the table. Each is followed by the floor's figure and, if the two are compared, by the
// result.
var shown = []struct {
	column   column
	heading  string
	digits   int
	compared string
	compare  comparison
}{
	{perSecond, "events/s", 0, "ratio", ratio},
	{cpu, "CPU µs", 1, "ratio", ratio},
	{peak, "MiB", 1, "", nil},
	{calls, "SQS", 1, "", nil},
	{connections, "conns", 0, "", nil},
	{p50, "p50 ms", 2, "", nil},
	{p99, "p99 ms", 2, "added", difference},
}

const legend = "CPU µs: CPU time per event. MiB: peak memory. SQS: calls per 1,000 events. " +
	"conns: connections to the receiver. base: the baseline, a minimal program."

// writeTable prints the medians of all rounds.
func writeTable(out io.Writer, results []*result, rounds int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	heading := []string{"case"}
	for _, s := range shown {
		heading = append(heading, s.heading, "base")
		if s.compare != nil {
			heading = append(heading, s.compared)
		}
	}
	_, _ = fmt.Fprintln(table, strings.Join(heading, "\t")+"\t") // Flush returns the error
	for _, r := range results {
		row := []string{r.mode.name}
		for _, s := range shown {
			row = append(row, format(r.median(s.column, ours), s.digits), format(r.median(s.column, theirs), s.digits))
			if s.compare != nil {
				row = append(row, format(r.median(s.column, s.compare), 2))
			}
		}
		_, _ = fmt.Fprintln(table, strings.Join(row, "\t")+"\t")
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s\nMedians of %d rounds; %d cores, %s %s/%s\n",
		legend, rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
