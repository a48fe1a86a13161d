package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

func (p *program) tailCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	texts := []string{"ending, and removing what tail has created; another signal ends the command at once"}
	return p.stackCommand(cfg, texts, &cobra.Command{
		Use: "tail", GroupID: eventsGroup, Short: "Show events as they arrive, from a temporary queue or from a forwarder",
		Long: `tail shows events as they arrive. It creates a temporary queue and temporary rules, and removes them
at the end. With --from, it creates nothing, and shows the events that a forwarder delivers and
those that the receiver refuses.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if cfg.From != "" {
				return p.follow(c.Context(), cfg, streamed(strings.TrimRight(cfg.From, "/")+"/events"))
			}
			return p.watch(c.Context(), cfg)
		},
	}, "FROM", "TYPE")
}

// watch shows the events that arrive in a queue that it creates, and removes at the end.
func (p *program) watch(ctx context.Context, cfg *Config) error {
	outputs, there, err := p.outputs(ctx, cfg)
	if err != nil {
		return err
	}
	queue, bus := outputs.Text("queue_arn"), ""
	var rules []tail.Rule
	for _, rule := range outputs.Rules() {
		bus = rule.EventBus() // all rules have the same
		rules = append(rules, tail.Rule{Pattern: rule.Pattern, Schedule: rule.Schedule, State: rule.State})
	}
	if queue == "" || len(rules) == 0 {
		return fmt.Errorf("stack %s has no rules: check whether the last run of 'stack up' finished", cfg.Name)
	}
	clients := tail.NewClients(there, cfg.Name, bus)
	swept, err := clients.Sweep(ctx)
	if len(swept) > 0 {
		p.say("Removed the resources of a tail command that was killed: %s", strings.Join(swept, ", "))
	}
	if err != nil && ctx.Err() == nil {
		p.say("warning: %v", err)
	}
	opened, err := clients.Open(ctx, queue, rules)
	if err != nil {
		return err
	}
	p.say("Watching the events of stack %s with a temporary queue and %s; on AWS, new rules take effect within a minute. "+
		"Ctrl-C removes the rules and ends.", cfg.Name, stack.Plural(len(rules), "rule"))
	err = p.follow(ctx, cfg, queued(opened))
	return errors.Join(err, opened.Close(ctx))
}

// eventReader calls show with each event when it arrives, and returns an error if events cannot be read; retry is false
// if trying again would be useless. It calls show without an event to report that reading works.
type eventReader func(ctx context.Context, show func(...relay.Line)) (retry bool, err error)

// follow shows events until ctx ends, which is its normal end, or nobody reads standard output any more, as in
// "… | head". An error is printed once, and reading is tried again.
func (p *program) follow(ctx context.Context, cfg *Config, read eventReader) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	failing := false
	show := func(lines ...relay.Line) {
		if failing {
			p.say("reading events again")
			failing = false
		}
		for i := range lines {
			if p.showLine(cfg, &lines[i]) != nil {
				end()
			}
		}
	}
	for ctx.Err() == nil {
		retry, err := read(ctx, show)
		switch {
		case ctx.Err() != nil:
			continue
		case !retry:
			return err
		case !failing:
			p.say("cannot read events, trying again: %v", err)
			failing = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
	return nil
}

func (p *program) showLine(cfg *Config, line *relay.Line) error {
	e := event.New("", line.ID, line.Data, line.Time)
	switch {
	case line.Lost > 0:
		p.say("%s not shown, because events arrive faster than they can be read", stack.Plural(line.Lost, "event"))
	case cfg.Type == "" || slices.Contains(validate.List(cfg.Type), e.Type):
		return show(p.stdout, cfg.JSON, eventOf(e.Data), eventText(&e, line))
	}
	return nil
}

// eventText is one line, with the result of the delivery if the event comes from a forwarder.
func eventText(e *event.Event, line *relay.Line) string {
	extension := map[string]string{}
	for _, x := range e.Extensions {
		extension[x.Name] = x.Value
	}
	text := fmt.Sprintf("%s  %-16s  %-28s  %s  %s  %s",
		e.Time.Local().Format(time.TimeOnly), e.Type, extension["awsdetailtype"],
		cmp.Or(e.Subject, "-"), cmp.Or(extension["awsregion"], "-"), max(0, time.Since(e.Time)).Round(time.Second))
	switch {
	case line.Reason != "": // it begins with the status
		text += "  " + line.Fate + ": " + runewidth.Truncate(line.Reason, longest, "…")
	case line.Fate != "":
		text += fmt.Sprintf("  %s: %d", line.Fate, line.Status)
	}
	return terminal.Line(text) + "\n"
}

// queued returns a reader of the events in the queue of a tail.
func queued(opened *tail.Tail) eventReader {
	return func(ctx context.Context, show func(...relay.Line)) (retry bool, err error) {
		for {
			messages, err := opened.Receive(ctx)
			if err != nil {
				return !errors.Is(err, tail.ErrGone), err
			}
			show()
			for _, m := range messages {
				show(relay.Line{ID: aws.ToString(m.MessageId), Data: []byte(aws.ToString(m.Body)), Time: time.Now()})
			}
		}
	}
}

const streamSilence = 45 * time.Second // a running forwarder sends an empty line every 15 seconds

// streamed returns a reader of the events that a forwarder sends at a URL.
func streamed(url string) eventReader {
	return func(ctx context.Context, show func(...relay.Line)) (retry bool, err error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		silence := time.AfterFunc(streamSilence, cancel)
		defer silence.Stop()
		response, err := get(ctx, url)
		if err != nil {
			return true, err
		}
		defer func() { _ = response.Body.Close() }()
		shown := settings.Redact(url)
		switch response.StatusCode {
		case http.StatusOK:
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			return false, fmt.Errorf("no forwarder shows its events at %s: set EVENTS_ADDR for the forwarder", shown)
		case http.StatusForbidden:
			return false, fmt.Errorf("%s answers only requests by IP address or localhost: use one of these in FROM", shown)
		default:
			return true, fmt.Errorf("%s answers %s", shown, response.Status)
		}
		show()
		lines := bufio.NewReaderSize(response.Body, 8<<20) // an event has at most 1 MiB
		for {
			text, err := lines.ReadSlice('\n') // not the beginning of a line whose end is lost with the connection
			if err != nil {
				return true, fmt.Errorf("read %s: %w", shown, err)
			}
			silence.Reset(streamSilence)
			if len(text) == 1 {
				continue
			}
			var line relay.Line
			if err := json.Unmarshal(text, &line); err != nil {
				return false, fmt.Errorf("read %s: a line is not an event: %w", shown, err)
			}
			if line.Ended != "" {
				return false, fmt.Errorf("read %s: the stream ended: %s", shown, line.Ended)
			}
			show(line)
		}
	}
}
