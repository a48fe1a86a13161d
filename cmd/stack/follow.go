package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

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
func (c *command) follow(ctx context.Context, t *tailing, out io.Writer, more next) error {
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
				c.say("events cannot be read, trying on: %v", err)
			}
			pause = min(max(firstPause, 2*pause), lastPause)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			continue
		case pause > 0:
			c.say("events are read again")
			pause = 0
		}
		for i := range events {
			c.showEvent(t, out, &events[i])
		}
	}
	return nil
}

func (c *command) showEvent(t *tailing, out io.Writer, s *seen) {
	switch {
	case s.Lost > 0:
		c.say("%s not shown: this reads slower than they come", number(s.Lost, "event"))
	case !t.wants(s.Event.Type):
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
		writeLine(&line, string(data))
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
	line := fmt.Sprintf("%s  %-16s  %-28s  %s  %s  %s", s.Event.Time.Local().Format(time.TimeOnly), s.Event.Type, extension["awsdetailtype"],
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
