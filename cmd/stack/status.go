package main

import (
	"bufio"
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
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) statusCommand() *cobra.Command {
	cfg, forwarder := &Config{onlyName: true}, &Forwarder{}
	return withSettings(settings.New(prefix, cfg).Add(prefix, forwarder), &cobra.Command{
		Use: "status", Short: "Show resources, drift, queues, and what prevents events from arriving",
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
	status, err := s.Status(ctx, cfg.createdWith())
	if err != nil {
		return err
	}
	d := diagnosedOf(status, askReadiness(ctx, from))
	if cfg.JSON {
		writeJSON(p.stdout, d)
		return nil
	}
	d.paint = paint(p.colours)
	_, err = io.WriteString(p.stdout, render("status.txt", d))
	return err
}

// diagnosed is a status with its diagnosis.
type diagnosed struct {
	stack.Status
	Forwarder  *readiness `json:"forwarder,omitempty"`
	EventTypes []string   `json:"eventTypes"`
	Diagnosis  []finding  `json:"diagnosis"`
	paint      paint
}

func diagnosedOf(s stack.Status, from *readiness) diagnosed {
	return diagnosed{Status: s, Forwarder: from, EventTypes: eventTypes(s), Diagnosis: diagnose(s, from)}
}

// ResourceTable returns a table with a line for each resource.
func (d diagnosed) ResourceTable() string {
	var rows [][]string
	for _, r := range d.Resources {
		rows = append(rows, []string{r.Kind, r.Name})
	}
	return table(rows)
}

// DriftTable returns a table of what up would correct.
func (d diagnosed) DriftTable() string { return changeTable(d.Drift, d.paint) }

// Oldest returns how long the oldest event in the queue has waited, or "" if that is not known.
func (d diagnosed) Oldest() string {
	if d.Queue.OldestSeconds == nil {
		return ""
	}
	return (time.Duration(*d.Queue.OldestSeconds) * time.Second).String()
}

// readiness is what a forwarder reports at /readyz.
type readiness struct {
	URL         string `json:"url"`
	Queue       string `json:"queue,omitempty"`
	Receiver    string `json:"receiver,omitempty"`
	Delivered   string `json:"delivered,omitempty"` // how many events since its start, and when the last
	Unreachable string `json:"unreachable,omitempty"`
}

// askReadiness asks the forwarder at an address, if one is given; if it does not answer, the result says so.
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
		return fmt.Errorf("%s/readyz answers %s, but not in the form of a forwarder", r.URL, response.Status)
	}
	return nil
}

func (p *program) outputsCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		Use: "outputs", Short: "Print the URLs, ARNs and IAM policies of the stack",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := p.interruptible(c.Context(), "outputs")
			defer stop()
			outputs, err := p.outputs(ctx, cfg)
			switch {
			case err != nil:
				return err
			case cfg.JSON:
				writeJSON(p.stdout, outputs)
			default:
				writeOutputs(p.stdout, outputs)
			}
			return nil
		},
	})
}

// writeOutputs prints strings as they are, so that a person can copy them, and other values as JSON.
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
