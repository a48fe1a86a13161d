package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) statusCommand() *cobra.Command {
	cfg, forwarder := &Config{onlyName: true}, &Forwarder{}
	return withSettings(settings.New(prefix, cfg).Add(prefix, forwarder), &cobra.Command{
		GroupID: groupStack, Use: "status", Short: "show resources, drift, queues, and what is in the way of events",
		RunE: func(c *cobra.Command, _ []string) error { return p.status(c.Context(), cfg, forwarder.From) },
	})
}

func (p *program) status(ctx context.Context, cfg *Config, from string) error {
	ctx, stop := p.interruptible(ctx, "status")
	defer stop()
	s, err := p.open(ctx, cfg, p.stderr)
	if err != nil {
		return err
	}
	status, err := s.Status(ctx, cfg.made())
	if err != nil {
		return err
	}
	ready := askReadiness(ctx, from)
	findings := diagnose(status, ready)
	if cfg.JSON {
		writeJSON(p.stdout, diagnosed{Status: status, Forwarder: ready, EventTypes: eventTypes(status), Diagnosis: findings})
		return nil
	}
	writeStatus(p.stdout, status, paint(p.colours))
	writeDiagnosis(p.stdout, status, ready, findings)
	return nil
}

// diagnosed is a status with what follows from it.
type diagnosed struct {
	stack.Status
	Forwarder  *readiness `json:"forwarder,omitempty"`
	EventTypes []string   `json:"eventTypes"`
	Diagnosis  []finding  `json:"diagnosis"`
}

// writeStatus shows a stack's status to a person.
func writeStatus(out io.Writer, s stack.Status, paint paint) {
	_, _ = fmt.Fprintf(out, "Stack %s in %s, account %s\n", s.Stack, s.Region, s.Account)
	if s.Unfinished != "" {
		_, _ = fmt.Fprintf(out, "The last %q did not come to its end: run it again.\n", s.Unfinished)
	}
	if len(s.Resources) == 0 {
		_, _ = fmt.Fprintln(out, "  nothing is there")
	}
	var rows [][]string
	for _, r := range s.Resources {
		rows = append(rows, []string{r.Kind, r.Name})
	}
	writeTable(out, rows)
	if len(s.Drift) == 0 {
		_, _ = fmt.Fprintln(out, "Drift: none")
	} else {
		_, _ = fmt.Fprintln(out, "Drift, which up would put right:")
		writeChanges(out, s.Drift, paint)
	}
	if q := s.Queue; q != nil {
		oldest := "unknown (CloudWatch has measured nothing lately)"
		if q.OldestSeconds != nil {
			oldest = (time.Duration(*q.OldestSeconds) * time.Second).String()
		}
		_, _ = fmt.Fprintf(out, "Queue %s: %d waiting, %d in flight, %d delayed; oldest %s\n",
			q.Queue, q.Visible, q.InFlight, q.Delayed, oldest)
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
		lines = append(lines, fmt.Sprintf(
			"In the last quarter of an hour: %s into the queue, %d received, %d deleted (CloudWatch, minutes late)",
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

// readiness is what a forwarder says of itself at /readyz.
type readiness struct {
	URL         string `json:"url"`
	Queue       string `json:"queue,omitempty"`
	Receiver    string `json:"receiver,omitempty"`
	Delivered   string `json:"delivered,omitempty"` // how many events since its start, and when the last
	Unreachable string `json:"unreachable,omitempty"`
}

// askReadiness asks the forwarder at an address, if one is given; that it does not answer is an answer, too.
func askReadiness(ctx context.Context, address string) *readiness {
	if address == "" {
		return nil
	}
	r := &readiness{URL: strings.TrimRight(address, "/")}
	if err := r.ask(ctx); err != nil {
		r.Unreachable = err.Error()
	}
	return r
}

func (r *readiness) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	says := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(response.Body, 1<<16))
	for lines.Scan() {
		name, text, _ := strings.Cut(strings.TrimSpace(lines.Text()), ": ")
		says[name] = text
	}
	r.Queue, r.Receiver, r.Delivered = says["queue"], says["receiver"], says["delivered"]
	if err := lines.Err(); err != nil {
		return err
	}
	if r.Queue == "" || r.Receiver == "" {
		return fmt.Errorf("%s/readyz answers %s, and not as a forwarder does", r.URL, response.Status)
	}
	return nil
}
