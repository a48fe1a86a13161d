package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
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
	s, done, err := p.open(ctx, cfg, p.stderr)
	defer done()
	if err != nil {
		return err
	}
	status, err := s.Status(ctx, cfg.made())
	if err != nil {
		return err
	}
	var ready *readiness
	if from != "" {
		ready = askReadiness(ctx, from)
	}
	findings := diagnose(status, ready)
	if cfg.JSON {
		writeJSON(p.stdout, diagnosed{Status: status, Forwarder: ready, EventTypes: eventTypes(status), Diagnosis: findings})
		return nil
	}
	writeStatus(p.stdout, status, paint(p.draws && p.colours))
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

func (p *program) outputsCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		GroupID: groupStack, Use: "outputs", Short: "print the queue's URL, ARNs and policies",
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, err := p.outputs(c.Context(), cfg)
			if err != nil {
				return err
			}
			if cfg.JSON {
				writeJSON(p.stdout, outputs)
				return nil
			}
			writeOutputs(p.stdout, outputs)
			return nil
		},
	})
}

// outputs are what the last up made known.
func (p *program) outputs(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	ctx, stop := p.interruptible(ctx, "outputs")
	defer stop()
	s, done, err := p.open(ctx, cfg, p.stderr)
	defer done()
	if err != nil {
		return nil, err
	}
	return s.Outputs(ctx)
}

// writeOutputs prints texts as they are, so that a person can copy them, and all else as JSON.
func writeOutputs(out io.Writer, outputs stack.Outputs) {
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		value := outputs.Text(name)
		if value == "" {
			var compact bytes.Buffer
			_ = json.Compact(&compact, outputs[name])
			value = compact.String()
		}
		_, _ = fmt.Fprintf(out, "%s = %s\n", name, value)
	}
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
	rows := [][]string{}
	for _, r := range s.Resources {
		rows = append(rows, []string{r.Kind, r.Name})
	}
	writeTable(out, rows)
	writeDrift(out, s.Drift, paint)
	writeDepths(out, s)
}

func writeDrift(out io.Writer, drift []stack.Line, paint paint) {
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

func age(seconds *int) string {
	if seconds == nil {
		return "unknown (CloudWatch has measured nothing lately)"
	}
	return (time.Duration(*seconds) * time.Second).String()
}

// readiness is what a forwarder says of itself at /readyz.
type readiness struct {
	URL         string `json:"url"`
	Queue       string `json:"queue,omitempty"`
	Receiver    string `json:"receiver,omitempty"`
	Delivered   string `json:"delivered,omitempty"` // how many events since its start, and when the last
	Unreachable string `json:"unreachable,omitempty"`
}

// askReadiness asks the forwarder at an address; that it does not answer is an answer, too.
func askReadiness(ctx context.Context, address string) *readiness {
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
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		name, says, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "queue":
			r.Queue = says
		case "receiver":
			r.Receiver = says
		case "delivered":
			r.Delivered = says
		}
	}
	if r.Queue == "" || r.Receiver == "" {
		return fmt.Errorf("%s/readyz answers %s, and not as a forwarder does", r.URL, response.Status)
	}
	return nil
}
