package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/cmd/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// writeStatus shows a stack's status to a person.
func writeStatus(out io.Writer, s stack.Status, paint paint) {
	_, _ = fmt.Fprintf(out, "Stack %s in %s, account %s\n", s.Stack, s.Region, s.Account)
	if s.Unfinished != "" {
		_, _ = fmt.Fprintf(out, "The last %q did not come to its end: run it again.\n", s.Unfinished)
	}
	if len(s.Resources) == 0 {
		_, _ = fmt.Fprintln(out, "  nothing is there")
	}
	rows := [][]string{}
	for _, r := range s.Resources {
		rows = append(rows, []string{r.Kind, r.Name})
	}
	writeTable(out, rows)
	writeDrift(out, s.Drift, paint)
	writeDepths(out, s)
}

func writeDrift(out io.Writer, drift []stack.Drift, paint paint) {
	if len(drift) == 0 {
		_, _ = fmt.Fprintln(out, "Drift: none")
		return
	}
	_, _ = fmt.Fprintln(out, "Drift, which up would put right:")
	rows := [][]string{}
	for _, d := range drift {
		rows = append(rows, []string{paint.mark(d.Mark), d.Kind, d.Name, d.Detail})
	}
	writeTable(out, rows)
}

func writeDepths(out io.Writer, s stack.Status) {
	if s.Queue != nil {
		_, _ = fmt.Fprintf(out, "Queue %s: %d waiting, %d in flight, %d delayed; oldest %s\n",
			s.Queue.Queue, s.Queue.Visible, s.Queue.InFlight, s.Queue.Delayed, age(s.Queue.OldestSeconds))
	}
	for _, d := range s.DeadLetters {
		_, _ = fmt.Fprintf(out, "Dead letters in %s: %d\n", d.Queue, d.Visible+d.InFlight)
	}
}

// writeDiagnosis shows what stands in the way, each with what to do.
func writeDiagnosis(out io.Writer, s stack.Status, findings []finding) {
	if types := eventTypes(s); len(types) > 0 {
		_, _ = fmt.Fprintf(out, "Event types, for Dispatch's subscriptions: %s\n", terminal.Line(strings.Join(types, ", ")))
	}
	if len(findings) == 0 {
		if len(s.Resources) > 0 {
			_, _ = fmt.Fprintln(out, "Diagnosis: nothing stands in the events' way here")
		}
		return
	}
	_, _ = fmt.Fprintln(out, "Diagnosis:")
	for i, f := range findings {
		_, _ = fmt.Fprintf(out, "  %d. %s\n", i+1, terminal.Line(f.What))
		if f.Cause != "" {
			_, _ = fmt.Fprintf(out, "     because %s\n", terminal.Line(f.Cause))
		}
		_, _ = fmt.Fprintf(out, "     → %s\n", terminal.Line(f.Next))
	}
}

func age(seconds *int) string {
	if seconds == nil {
		return "unknown (CloudWatch has measured nothing lately)"
	}
	return (time.Duration(*seconds) * time.Second).String()
}
