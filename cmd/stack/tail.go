package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// tailing are the settings of tail.
type tailing struct {
	Config
	Forwarder
	Types
}

// Types says which events are shown.
type Types struct {
	Type string `split_words:"true" defaultdesc:"all" desc:"tail: only events of these types: aws.s3,aws.ec2"`
}

// want reports whether events of a type are to be shown.
func (t *Types) want(eventType string) bool {
	return t.Type == "" || slices.Contains(validate.List(t.Type), eventType)
}

func (p *program) tailCommand() *cobra.Command {
	t := &tailing{}
	return withSettings(t.settings(), &cobra.Command{
		GroupID: groupEvents, Use: "tail", Short: "show events as they come, from a queue of its own, or from a forwarder",
		Long: `tail shows events as they come, from a queue of its own, or with --from those that a forwarder
delivers, with what became of each.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.tail(c.Context(), t) },
	})
}

func (t *tailing) settings() *settings.Set {
	t.onlyName = true
	return settings.New(prefix, &t.Config).Add(prefix, &t.Forwarder).Add(prefix, &t.Types)
}

// tail shows events as they come, until a signal ends it.
func (p *program) tail(ctx context.Context, t *tailing) error {
	ending := "ending"
	if t.From == "" {
		ending += ", and removing what this look has made"
	}
	ctx, stop := p.brieflyInterruptible(ctx, ending)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &readers{Writer: p.stdout, end: cancel}
	if t.From != "" {
		stream := &stream{url: strings.TrimRight(t.From, "/") + "/events"}
		defer stream.close()
		return p.follow(ctx, t, out, stream.next)
	}
	return p.withTail(ctx, t, func(ctx context.Context, look *tail.Tail) error {
		return p.follow(ctx, t, out, queued(look))
	})
}

// withTail makes a look at the stack for as long as do lasts.
func (p *program) withTail(ctx context.Context, t *tailing, do func(context.Context, *tail.Tail) error) (err error) {
	clients, o, err := p.tailOptions(ctx, t)
	if err != nil {
		return err
	}
	p.sweep(ctx, clients, o)
	look, err := clients.Open(ctx, o)
	if err != nil {
		return err
	}
	p.say("Looking at the events of stack %s with %s of its own; on AWS these take up to a minute to begin. "+
		"Ctrl-C ends it and removes them.", o.Stack, number(len(o.Rules), "rule"))
	alive, quiet := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { look.Heartbeat(alive) })
	err = do(ctx, look)
	quiet()
	background.Wait()
	if left := look.Close(ctx); left != nil {
		return errors.Join(err, &leftError{left})
	}
	return err
}

// leftError is what could not be removed.
type leftError struct{ err error }

func (e *leftError) Error() string { return "something is left: " + e.err.Error() }
func (e *leftError) Unwrap() error { return e.err }

// Hint says what removes it.
func (e *leftError) Hint() string { return "the next tail removes it, and so does down" }

func (p *program) tailOptions(ctx context.Context, t *tailing) (tail.Clients, tail.Options, error) {
	o := tail.Options{Stack: t.Name, Rules: map[string]tail.Rule{}}
	s, done, err := p.open(ctx, &t.Config, p.stderr)
	defer done()
	if err != nil {
		return tail.Clients{}, o, err
	}
	outputs, err := s.Outputs(ctx)
	if err != nil {
		return tail.Clients{}, o, err
	}
	bus := ""
	for key, rule := range outputs.Rules() {
		bus = rule.EventBus() // all of them have the same
		o.Rules[key] = tail.Rule{Pattern: rule.Pattern, Schedule: rule.Schedule}
	}
	if o.QueueARN = outputs.Text("queue_arn"); o.QueueARN == "" || len(o.Rules) == 0 {
		return tail.Clients{}, o, fmt.Errorf("stack %s has no rules: did its last up come to its end?", t.Name)
	}
	home, err := stack.Home()
	if err != nil {
		return tail.Clients{}, o, err
	}
	o.Folder = filepath.Join(home, t.Name)
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Text("region")))
	if err != nil {
		return tail.Clients{}, o, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return tail.NewClients(cfg, bus), o, nil
}

// sweep removes what killed looks have left. That it cannot keeps nobody from looking.
func (p *program) sweep(ctx context.Context, clients tail.Clients, o tail.Options) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	swept, err := clients.Sweep(ctx, o.Stack, o.Folder)
	if len(swept) > 0 {
		p.say("Removed what a killed tail had left: %s", strings.Join(swept, ", "))
	}
	if err != nil && ctx.Err() == nil {
		p.say("warning: %v", err)
	}
}

// seen is an event that tail shows, and what became of it where a forwarder tells.
type seen struct {
	event.Event
	relay.Line
}

// next blocks until there are events, or for a while; an error means that they cannot be read now.
type next func(context.Context) ([]seen, error)

// finalError ends tail: to try again is of no use.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 10 * time.Second
)

// follow shows events until ctx ends. What fails is said once, and tried on.
func (p *program) follow(ctx context.Context, t *tailing, out io.Writer, more next) error {
	pause := time.Duration(0)
	for ctx.Err() == nil { // whose end is how it is meant to end
		events, err := more(ctx)
		final := new(finalError)
		switch {
		case ctx.Err() != nil:
			continue
		case errors.As(err, &final):
			return err
		case err != nil:
			if pause == 0 {
				p.say("events cannot be read, trying on: %v", err)
			}
			pause = min(max(firstPause, 2*pause), lastPause)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			continue
		case pause > 0:
			p.say("events are read again")
			pause = 0
		}
		for i := range events {
			p.showEvent(t, out, &events[i])
		}
	}
	return nil
}

func (p *program) showEvent(t *tailing, out io.Writer, s *seen) {
	switch {
	case s.Lost > 0:
		p.say("%s not shown: this reads slower than they come", number(s.Lost, "event"))
	case !t.want(s.Event.Type):
	case t.JSON:
		_, _ = out.Write(jsonLine(s.Event.Data))
	default:
		writeEvent(out, s)
	}
}

// jsonLine is an event on one line, as a string where it is no JSON.
func jsonLine(data []byte) []byte {
	var line bytes.Buffer
	if json.Compact(&line, data) != nil {
		line.Reset()
		writeJSON(&line, string(data))
		return line.Bytes()
	}
	line.WriteByte('\n')
	return terminal.JSON(line.Bytes())
}

func writeEvent(out io.Writer, s *seen) {
	extension := map[string]string{}
	for _, x := range s.Extensions {
		extension[x.Name] = x.Value
	}
	line := fmt.Sprintf("%s  %-16s  %-28s  %s  %s  %s",
		s.Event.Time.Local().Format(time.TimeOnly), s.Event.Type, extension["awsdetailtype"],
		orDash(s.Event.Subject), orDash(extension["awsregion"]), brief(time.Since(s.Event.Time)))
	switch {
	case s.Reason != "": // which begins with the status
		line += "  " + s.Fate + ": " + shorten(s.Reason)
	case s.Fate != "":
		line += fmt.Sprintf("  %s: %d", s.Fate, s.Status)
	}
	_, _ = fmt.Fprintln(out, terminal.Line(line))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// queued are the events of a tail.
func queued(look *tail.Tail) next {
	return func(ctx context.Context) (events []seen, err error) {
		messages, err := look.Receive(ctx)
		if errors.Is(err, tail.ErrGone) {
			return nil, &finalError{err}
		}
		for _, m := range messages {
			events = append(events, seen{Event: event.New("", m.ID, []byte(m.Body), m.Sent)})
		}
		return events, err
	}
}

const (
	streamSilence = 45 * time.Second // a forwarder that is there sends an empty line every 15
	maxLine       = 8 << 20          // bytes; an event has at most 1 MiB
)

// stream are the events that a forwarder tells of.
type stream struct {
	url    string
	body   io.Closer // nil when there is no connection
	lines  *bufio.Scanner
	cancel func()
	quiet  *time.Timer
}

// next returns the next event. After an error it connects again.
func (s *stream) next(ctx context.Context) ([]seen, error) {
	if s.body == nil {
		return nil, s.connect(ctx)
	}
	if !s.lines.Scan() {
		err := s.lines.Err()
		if err == nil {
			err = io.EOF
		}
		s.close()
		return nil, fmt.Errorf("read %s: %w", s.url, err)
	}
	s.quiet.Reset(streamSilence)
	if len(s.lines.Bytes()) == 0 {
		return nil, nil
	}
	one, err := readLine(s.lines.Bytes())
	if err != nil {
		return nil, &finalError{fmt.Errorf("read %s: %w", s.url, err)}
	}
	if one.Ended != "" {
		return nil, &finalError{fmt.Errorf("%s ended: %s", s.url, one.Ended)}
	}
	return []seen{one}, nil
}

func (s *stream) connect(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(ctx)
	s.quiet = time.AfterFunc(streamSilence, s.cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return &finalError{err}
	}
	response, err := http.DefaultClient.Do(request) //nolint:bodyclose // close does, when the stream ends
	if err != nil {
		s.close()
		return err
	}
	s.body = response.Body
	switch response.StatusCode {
	case http.StatusOK:
		s.lines = bufio.NewScanner(response.Body)
		s.lines.Buffer(nil, maxLine)
		return nil
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		err = &finalError{fmt.Errorf("no forwarder that shows its events answers at %s: EVENTS_ADDR turns that on", s.url)}
	case http.StatusForbidden:
		err = &finalError{fmt.Errorf(
			"%s answers only requests by IP address or localhost: use one of these in FROM", s.url)}
	default:
		err = fmt.Errorf("%s answers %s", s.url, response.Status)
	}
	s.close()
	return err
}

func (s *stream) close() {
	if s.cancel != nil {
		s.cancel()
		s.quiet.Stop()
	}
	if s.body != nil {
		_ = s.body.Close()
		s.body = nil
	}
}

func readLine(text []byte) (seen, error) {
	var one seen
	if err := json.Unmarshal(text, &one.Line); err != nil {
		return one, fmt.Errorf("a line that is no event: %w", err)
	}
	data := []byte(one.Line.Data)
	if len(data) > 0 && data[0] == '"' {
		var plain string
		_ = json.Unmarshal(data, &plain)
		data = []byte(plain)
	}
	one.Event = event.New("", one.Line.ID, data, one.Line.Time)
	return one, nil
}
