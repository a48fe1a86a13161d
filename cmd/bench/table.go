package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The columns of a sample.
func perSecond(s *sample) figure { return s.PerSecond }
func cpu(s *sample) figure       { return s.CPU }
func peak(s *sample) figure      { return s.Peak }
func calls(s *sample) figure     { return s.Calls }
func open(s *sample) figure      { return s.Open }
func accepted(s *sample) figure  { return s.Accepted }
func p50(s *sample) figure       { return s.P50 }
func p99(s *sample) figure       { return s.P99 }
func idleCalls(s *sample) figure { return s.IdleCalls }
func idlePolls(s *sample) figure { return s.IdlePolls }

// beyondHeld is the memory that a program takes for itself.
func beyondHeld(s *sample) figure { return s.Peak - s.Held }

var heading = strings.Split("mode|events/s|floor|ratio|CPU µs|floor|ratio|MiB|floor|SQS|floor|conns|floor|p50 ms|floor|p99 ms|floor|added", "|")

const legend = "CPU µs: of the process, per event. MiB: its peak. SQS: calls per 1,000 events. conns: of the receiver, at once. floor: a bare loop."

func (r *result) row() []string {
	row := []string{r.Mode}
	put := func(digits int, figures ...figure) {
		for _, f := range figures {
			row = append(row, f.text(digits))
		}
	}
	pair := func(digits int, of column) { put(digits, medianOf(r.Ours, of), medianOf(r.Floor, of)) }
	pair(0, perSecond)
	put(2, r.ratio(perSecond))
	pair(1, cpu)
	put(2, r.ratio(cpu))
	pair(1, peak)
	pair(1, calls)
	pair(0, open)
	pair(2, p50)
	pair(2, p99)
	put(2, r.difference(p99))
	return row
}

// text has so many digits after the point, and commas between thousands.
func (f figure) text(digits int) string {
	if !f.is() {
		return "–"
	}
	text := strconv.FormatFloat(float64(f), 'f', digits, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0 && whole[at-1] != '-'; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// writeTable shows the medians of all rounds; ratios and differences are medians of those within a round.
func writeTable(out io.Writer, results []result, rounds int) error {
	rows := [][]string{heading}
	for i := range results {
		rows = append(rows, results[i].row())
	}
	widths := make([]int, len(heading))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + space)
			} else {
				b.WriteString("  " + space + cell)
			}
		}
		b.WriteByte('\n')
	}
	for i := range results {
		b.WriteString(results[i].notes())
	}
	fmt.Fprintf(&b, "%s\nMedian of %d; %d cores, %s %s/%s\n", legend, rounds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	_, err := io.WriteString(out, b.String())
	return err
}

// notes are what has no column.
func (r *result) notes() string {
	var notes string
	if r.mode.Idle > 0 {
		notes += fmt.Sprintf("%s: %s SQS calls in %s without events, %s receives under way at the end\n", r.Mode,
			medianOf(r.Ours, idleCalls).text(0), r.mode.Idle, medianOf(r.Ours, idlePolls).text(0))
	}
	if all, most := medianOf(r.Ours, accepted), medianOf(r.Ours, open); all > most+10 {
		notes += fmt.Sprintf("%s: the receiver accepted %s connections in all\n", r.Mode, all.text(0))
	}
	return notes
}

// progress is one round in a line.
func progress(ours, floor *sample) string {
	r := result{Ours: []sample{*ours}, Floor: []sample{*floor}}
	text := fmt.Sprintf("CPU %s µs/event, %s × the floor's", ours.CPU.text(1), r.ratio(cpu).text(2))
	if ours.PerSecond.is() {
		return text + fmt.Sprintf("; %s events/s, %s ×", ours.PerSecond.text(0), r.ratio(perSecond).text(2))
	}
	return text + fmt.Sprintf("; p99 %s ms, floor %s ms", ours.P99.text(2), floor.P99.text(2))
}
