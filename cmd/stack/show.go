package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
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

// writeDiagnosis shows what stands in the way, each with what to do, and what was seen of events that went through.
func writeDiagnosis(out io.Writer, s stack.Status, from *readiness, findings []finding) {
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintln(out, terminal.Line(fmt.Sprintf(format, args...)))
	}
	if types := eventTypes(s); len(types) > 0 {
		say("Event types, for Dispatch's subscriptions: %s", strings.Join(types, ", "))
	}
	if len(s.Resources) > 0 {
		for _, line := range throughput(s, from) {
			say("%s", line)
		}
	}
	switch {
	case len(findings) > 0:
		say("Diagnosis:")
	case len(s.Resources) > 0:
		say("Diagnosis: no fault is seen in rules and queues. What became of delivered events, Dispatch's own log says:")
		say("  dispatch get runs FUNCTION, what dispatch-server prints (Solo), dispatch log event-manager (Kubernetes)")
	}
	for i, f := range findings {
		say("  %d. %s", i+1, f.What)
		if f.Cause != "" {
			say("     because %s", f.Cause)
		}
		say("     → %s", f.Next)
	}
}

// throughput is what is known of events that went through: from CloudWatch, and from the forwarder where it was asked.
func throughput(s stack.Status, from *readiness) (lines []string) {
	if a := s.Activity; a != nil && a.Sent != nil && a.Received != nil && a.Deleted != nil {
		lines = append(lines, fmt.Sprintf("In the last quarter of an hour: %s into the queue, %d received, %d deleted (CloudWatch, minutes late)",
			number(*a.Sent, "event"), *a.Received, *a.Deleted))
	} else {
		lines = append(lines, "In the last quarter of an hour: CloudWatch has measured nothing at the queue")
	}
	switch {
	case from == nil:
		lines = append(lines, "Delivered: not known here; --from=http://HOST:9090 asks the forwarder (its ADMIN_ADDR)")
	case from.Delivered != "":
		lines = append(lines, "Delivered since the forwarder started: "+from.Delivered)
	}
	return lines
}

func age(seconds *int) string {
	if seconds == nil {
		return "unknown (CloudWatch has measured nothing lately)"
	}
	return (time.Duration(*seconds) * time.Second).String()
}
