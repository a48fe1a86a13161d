package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// tailSettings are the settings of tail.
type tailSettings struct {
	Config
	Forwarder
	Types
}

// Types is the setting that selects the events to show.
type Types struct {
	Described
	Type string `split_words:"true" defaultdesc:"all"`
}

// want reports whether to show events of a type.
func (t *Types) want(eventType string) bool {
	return t.Type == "" || slices.Contains(validate.List(t.Type), eventType)
}

func (p *program) tailCommand() *cobra.Command {
	t := &tailSettings{}
	return withSettings(t.settings(), &cobra.Command{
		Use: "tail", Short: "Show events as they arrive, from a temporary queue or from a forwarder",
		Long: `tail shows events as they arrive. It creates a temporary queue and temporary rules, and removes them
at the end. With --from, it creates nothing, and shows the events that a forwarder delivers, with
the result of each.
` + remembered,
		RunE: func(c *cobra.Command, _ []string) error { return p.tail(c.Context(), t) },
	})
}

func (t *tailSettings) settings() *settings.Set {
	t.onlyName = true
	return settings.New(prefix, &t.Config).Add(prefix, &t.Forwarder).Add(prefix, &t.Types)
}

// tail shows events as they arrive, until a signal ends it.
func (p *program) tail(ctx context.Context, t *tailSettings) error {
	ending := "ending"
	if t.From == "" {
		ending += ", and removing the temporary queue and rules"
	}
	ctx, stop := p.brieflyInterruptible(ctx, ending)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &pipeWriter{Writer: p.stdout, end: cancel}
	if t.From != "" {
		return p.follow(ctx, t, out, streamed(strings.TrimRight(t.From, "/")+"/events"))
	}
	return p.watch(ctx, t, out)
}

// watch shows the events that arrive in a queue that it creates, and removes at the end.
func (p *program) watch(ctx context.Context, t *tailSettings, out io.Writer) error {
	outputs, err := p.outputs(ctx, &t.Config)
	if err != nil {
		return err
	}
	o, bus := tail.Options{Stack: t.Name, QueueARN: outputs.Text("queue_arn")}, ""
	for _, rule := range outputs.Rules() {
		bus = rule.EventBus() // all rules have the same
		o.Rules = append(o.Rules, tail.Rule{Pattern: rule.Pattern, Schedule: rule.Schedule})
	}
	if o.QueueARN == "" || len(o.Rules) == 0 {
		return fmt.Errorf("stack %s has no rules: check whether the last run of 'stack up' finished", t.Name)
	}
	cfg, err := awsOf(ctx, outputs.Text("region"))
	if err != nil {
		return err
	}
	clients := tail.NewClients(cfg, bus)
	swept, err := clients.Sweep(ctx, o.Stack)
	if len(swept) > 0 {
		p.say("Removed the resources of a tail command that was killed: %s", strings.Join(swept, ", "))
	}
	if err != nil && ctx.Err() == nil {
		p.say("warning: %v", err)
	}
	opened, err := clients.Open(ctx, o)
	if err != nil {
		return err
	}
	p.say("Watching the events of stack %s with a temporary queue and %s; on AWS, new rules take effect within a minute. "+
		"Ctrl-C removes the rules and ends.", o.Stack, number(len(o.Rules), "rule"))
	err = p.follow(ctx, t, out, queued(opened))
	return errors.Join(err, opened.Close(ctx))
}

// tailEvent is an event that tail shows, with the result of its delivery if it comes from a forwarder.
type tailEvent struct {
	event.Event
	relay.Line
}

// eventReader calls show with each event when it arrives, and returns an error if events cannot be read. It calls show
// without an event to report that reading works.
type eventReader func(ctx context.Context, show func(...tailEvent)) error

// finalError is an error that ends tail, because trying again would be useless.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

const retryAfter = 2 * time.Second

// follow shows events until ctx ends, which is its normal end. An error is printed once, and reading is tried again.
func (p *program) follow(ctx context.Context, t *tailSettings, out io.Writer, read eventReader) error {
	failing := false
	show := func(events ...tailEvent) {
		if failing {
			p.say("reading events again")
			failing = false
		}
		for i := range events {
			p.showEvent(t, out, &events[i])
		}
	}
	for ctx.Err() == nil {
		err := read(ctx, show)
		final := new(finalError)
		switch {
		case ctx.Err() != nil:
			continue
		case errors.As(err, &final):
			return err
		case !failing:
			p.say("cannot read events, trying again: %v", err)
			failing = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
	return nil
}

func (p *program) showEvent(t *tailSettings, out io.Writer, s *tailEvent) {
	switch {
	case s.Lost > 0:
		p.say("%s not shown, because events arrive faster than they can be read", number(s.Lost, "event"))
	case !t.want(s.Event.Type):
	case t.JSON:
		writeJSON(out, eventOf(s.Event.Data))
	default:
		writeEvent(out, s)
	}
}

func writeEvent(out io.Writer, s *tailEvent) {
	extension := map[string]string{}
	for _, x := range s.Extensions {
		extension[x.Name] = x.Value
	}
	line := fmt.Sprintf("%s  %-16s  %-28s  %s  %s  %s",
		s.Event.Time.Local().Format(time.TimeOnly), s.Event.Type, extension["awsdetailtype"],
		cmp.Or(s.Event.Subject, "-"), cmp.Or(extension["awsregion"], "-"), brief(time.Since(s.Event.Time)))
	switch {
	case s.Reason != "": // the reason begins with the status
		line += "  " + s.Fate + ": " + shorten(s.Reason)
	case s.Fate != "":
		line += fmt.Sprintf("  %s: %d", s.Fate, s.Status)
	}
	_, _ = fmt.Fprintln(out, terminal.Line(line))
}

// queued returns a reader of the events in the queue of a tail.
func queued(opened *tail.Tail) eventReader {
	return func(ctx context.Context, show func(...tailEvent)) error {
		for {
			messages, err := opened.Receive(ctx)
			switch {
			case errors.Is(err, tail.ErrGone):
				return &finalError{err}
			case err != nil:
				return err
			}
			show()
			for _, m := range messages {
				show(tailEvent{Event: event.New("", aws.ToString(m.MessageId), []byte(aws.ToString(m.Body)), time.Now())})
			}
		}
	}
}

const (
	streamSilence = 45 * time.Second // a running forwarder sends an empty line every 15 seconds
	maxLine       = 8 << 20          // bytes; an event has at most 1 MiB
)

// streamed returns a reader of the events that a forwarder sends at a URL.
func streamed(url string) eventReader {
	return func(ctx context.Context, show func(...tailEvent)) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		silence := time.AfterFunc(streamSilence, cancel)
		defer silence.Stop()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return &finalError{err}
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if err := checkStream(url, response); err != nil {
			return err
		}
		show()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			silence.Reset(streamSilence)
			if len(lines.Bytes()) == 0 {
				continue
			}
			one, err := readLine(lines.Bytes())
			if err != nil {
				return &finalError{fmt.Errorf("read %s: %w", url, err)}
			}
			show(one)
		}
		err = lines.Err()
		if err == nil {
			err = io.EOF
		}
		return fmt.Errorf("read %s: %w", url, err)
	}
}

// checkStream refuses a response that is not a stream of events.
func checkStream(url string, response *http.Response) error {
	switch response.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return &finalError{fmt.Errorf("no forwarder shows its events at %s: set EVENTS_ADDR for the forwarder", url)}
	case http.StatusForbidden:
		return &finalError{fmt.Errorf("%s answers only requests by IP address or localhost: use one of these in FROM", url)}
	}
	return fmt.Errorf("%s answers %s", url, response.Status)
}

// readLine reads a line of a forwarder: an event, or why the stream ended.
func readLine(text []byte) (tailEvent, error) {
	var one tailEvent
	if err := json.Unmarshal(text, &one.Line); err != nil {
		return one, fmt.Errorf("a line is not an event: %w", err)
	}
	if one.Ended != "" {
		return one, fmt.Errorf("the stream ended: %s", one.Ended)
	}
	data := []byte(one.Line.Data)
	if bytes.HasPrefix(data, []byte(`"`)) { // an event that is not JSON
		var plain string
		_ = json.Unmarshal(data, &plain)
		data = []byte(plain)
	}
	one.Event = event.New("", one.Line.ID, data, one.Line.Time)
	return one, nil
}
