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

// The figures of a sample.
const (
	perSecond   = iota // events
	cpu                // µs per event
	peak               // memory in MiB
	beyondHeld         // the same, without the bodies of the messages in flight
	calls              // requests to SQS, per 1,000 events
	connections        // that the receiver accepted
	p50                // latency in ms
	p99                // latency in ms
	figures            // how many there are
)

// sample has the figures of one run of one program. A figure that a case does not have is missing.
type sample [figures]float64

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

// medians returns the medians of the forwarder, of the baseline, of their ratio and of what the forwarder adds. The two
// are compared within a round, because the machine can be slower in another one.
func (r *result) medians() (ours, baseline, ratio, added sample) {
	ratios, differences := make([]sample, len(r.ours)), make([]sample, len(r.ours))
	for i := range r.ours {
		for c := range figures {
			ratios[i][c] = r.ours[i][c] / r.baseline[i][c]
			differences[i][c] = r.ours[i][c] - r.baseline[i][c]
		}
	}
	return median(r.ours), median(r.baseline), median(ratios), median(differences)
}

// median returns the median of each figure.
func median(samples []sample) (m sample) {
	values := make([]float64, len(samples))
	for c := range figures {
		for i, s := range samples {
			values[i] = s[c]
		}
		m[c] = percentile(values, 50)
	}
	return m
}

// percentile sorts the values and returns a percentile. Between two values it is interpolated.
func percentile(values []float64, p float64) float64 {
	slices.Sort(values)
	lower, part := math.Modf(p / 100 * float64(len(values)-1))
	upper := min(int(lower)+1, len(values)-1)
	return values[int(lower)]*(1-part) + values[upper]*part
}

// writeTable prints the medians of all rounds.
func writeTable(out io.Writer, results []*result, rounds int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprint(table, "case\tevents/s\tbase\tratio\tCPU µs\tbase\tratio\tMiB\tbase\tSQS\tbase\t"+
		"conns\tbase\tp50 ms\tbase\tp99 ms\tbase\tadded\t") // Flush returns the error
	for _, r := range results {
		ours, base, ratio, added := r.medians()
		_, _ = fmt.Fprint(table, "\n"+strings.Join([]string{
			r.benchCase.name,
			format(ours[perSecond], 0), format(base[perSecond], 0), format(ratio[perSecond], 2),
			format(ours[cpu], 1), format(base[cpu], 1), format(ratio[cpu], 2),
			format(ours[peak], 1), format(base[peak], 1),
			format(ours[calls], 1), format(base[calls], 1),
			format(ours[connections], 0), format(base[connections], 0),
			format(ours[p50], 2), format(base[p50], 2),
			format(ours[p99], 2), format(base[p99], 2), format(added[p99], 2),
		}, "\t")+"\t")
	}
	_, _ = fmt.Fprintf(table, "\nCPU µs: CPU time per event. MiB: peak memory. SQS: calls per 1,000 events. conns: "+
		"connections to the receiver. base: the baseline, a minimal program.\nMedians of %d rounds; %d cores, %s %s/%s\n",
		rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return table.Flush()
}
