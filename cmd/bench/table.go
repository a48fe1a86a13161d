package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
)

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
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	lines := []string{heading}
	for i := range results {
		lines = append(lines, results[i].row())
	}
	if _, err := fmt.Fprintln(table, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i := range results {
		if _, err := io.WriteString(out, results[i].notes()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%s\nMedian of %d; %d cores, %s %s/%s\n",
		legend, rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
