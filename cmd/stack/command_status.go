package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) statusCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return p.stackCommand(cfg, whileReading, &cobra.Command{
		Use: "status", GroupID: stackGroup, Short: "Show resources, drift, queues, and what prevents events from arriving",
		RunE: func(c *cobra.Command, _ []string) error {
			status, err := p.open(c.Context(), cfg, p.stderr).Status(c.Context(), cfg.createdWith)
			if err != nil {
				return err
			}
			d := &diagnosed{
				Status: status, DeadLetters: []deadLetterQueue{}, Forwarder: askReadiness(c.Context(), cfg.From),
				colours: p.colours,
			}
			there, err := config.LoadDefaultConfig(c.Context(), config.WithRegion(d.Region))
			if err != nil {
				return err
			}
			for _, q := range status.DeadLetters {
				dead := deadLetterQueue{Queue: q}
				if q.Visible > 0 {
					if dead.Causes, err = causesIn(c.Context(), there, q.URL); err != nil {
						dead.Unread = err.Error() // perhaps it is not permitted; the rest of the status is still shown
					}
				}
				d.DeadLetters = append(d.DeadLetters, dead)
			}
			d.diagnose()
			return show(p.stdout, cfg.JSON, d, render("status.txt", d))
		},
	}, "FROM")
}

// diagnosed is a status with its diagnosis.
type diagnosed struct {
	stack.Status
	DeadLetters []deadLetterQueue `json:"deadLetters"`
	Forwarder   *readiness        `json:"forwarder,omitempty"` // nil if no forwarder was asked
	EventTypes  []string          `json:"eventTypes"`
	Diagnosis   []finding         `json:"diagnosis"`
	colours     bool
}

// deadLetterQueue is a dead-letter queue with the causes of some of its messages, or why they could not be read.
type deadLetterQueue struct {
	stack.Queue
	Causes []cause `json:"letters,omitempty"`
	Unread string  `json:"unread,omitempty"`
}

// cause is a reason why messages became dead letters, and how many of the few that were read have it.
type cause struct {
	Count     int    `json:"count"`
	By        string `json:"by"`
	Status    int    `json:"status,omitempty"` // Status and Reason are the receiver's answer, or EventBridge's error
	Reason    string `json:"reason,omitempty"`
	EventType string `json:"eventType,omitempty"` // of the first of them
}

// Why a message is a dead letter: the receiver refused it, EventBridge could not put it into the queue, or the redrive
// policy of the queue moved it because it was received too often.
const (
	byReceiver    = "receiver"
	byEventBridge = "EventBridge"
	byRedrive     = "redrive policy"
)

// causesIn reads a few messages of a queue, and returns their causes, the most frequent first. The forwarder and
// EventBridge write the cause into attributes; a message without them was moved by the redrive policy.
func causesIn(ctx context.Context, cfg aws.Config, url string) (causes []cause, err error) {
	queues, err := deadletter.Open(ctx, cfg, "", url)
	if err != nil {
		return nil, err
	}
	messages, err := queues.Sample(ctx)
	for _, m := range messages {
		c := cause{By: byReceiver, Status: m.Status, Reason: m.Reason, EventType: m.EventType}
		switch {
		case m.Attributes["ERROR_CODE"] != "":
			c = cause{By: byEventBridge, Reason: m.Reason}
		case m.Attributes["reason"] == "" && m.Attributes["status"] == "":
			c = cause{By: byRedrive}
		}
		i := slices.IndexFunc(causes, func(o cause) bool {
			return o.By == c.By && o.Status == c.Status && o.Reason == c.Reason
		})
		if i < 0 {
			i = len(causes)
			causes = append(causes, c)
		}
		causes[i].Count++
	}
	slices.SortStableFunc(causes, func(a, b cause) int { return b.Count - a.Count })
	return causes, err
}

// ResourceTable returns a table with a line for each resource.
func (d *diagnosed) ResourceTable() string {
	var rows [][]string
	for _, r := range d.Resources {
		rows = append(rows, []string{r.Kind, r.Name})
	}
	return table(rows)
}

// DriftTable returns a table of what up would correct.
func (d *diagnosed) DriftTable() string { return changeTable(d.Drift, d.colours) }

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
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address = strings.TrimRight(address, "/")
	r := &readiness{URL: settings.Redact(address)}
	response, err := get(ctx, address+"/readyz")
	if err != nil {
		r.Unreachable = err.Error()
		return r
	}
	defer func() { _ = response.Body.Close() }()
	says := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(response.Body, 1<<16))
	for lines.Scan() { // of an error with several lines, the first is shown
		name, value, _ := strings.Cut(lines.Text(), ": ")
		says[name] = value
	}
	r.Queue, r.Receiver, r.Delivered = says["queue"], says["receiver"], says["delivered"]
	if r.Queue == "" || r.Receiver == "" {
		r.Unreachable = fmt.Sprintf("%s/readyz answers %s, but is not a forwarder", r.URL, response.Status)
	}
	return r
}

// get returns the answer of a URL. Its errors do not show a password in the URL.
func get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if failed, is := errors.AsType[*url.Error](err); is {
		failed.URL = settings.Redact(failed.URL)
	}
	return response, err
}
