package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/cmd/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// checked are what check takes. Its patterns have no name, unlike those of up: a stack's own in the environment must not be taken for them.
type checked struct {
	_     struct{} `env:"STACK_"`
	Given []string `operands:"PATTERNS EVENT" min:"2" file:"file" desc:"patterns as up takes them, a file or inline JSON; then files with an event, some one after the other, or an array of them, - for standard input"`
	JSON  bool     `envconfig:"JSON" desc:"output for programs: one object a line"`
}

// errNoMatch says that an event matches none of the patterns, which the output has said already.
var errNoMatch = errors.New("an event matches no pattern")

// check holds events against patterns, as EventBridge would with a stack of these patterns.
func (c *command) check(ctx context.Context, args []string) error {
	var s checked
	if err := settings.Load(&s, args); err != nil {
		return err
	}
	set, problems := patternsIn(s.Given[0])
	var events []found
	for _, file := range s.Given[1:] {
		more, err := c.eventsIn(ctx, file)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			problems = append(problems, explained(err)...)
		}
		events = append(events, more...)
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	for i := range set {
		c.warnOf(set[i], s.JSON)
	}
	return c.compare(set, events, s.JSON)
}

// compare shows how each event does with each pattern.
func (c *command) compare(set []pattern.Named, events []found, asJSON bool) error {
	lost := 0
	for _, e := range events {
		taken := false
		for i := range set {
			mismatches, err := set[i].Pattern.Explain(e.Text)
			if err != nil {
				return fmt.Errorf("read event %s: %w", e.label, err)
			}
			taken = taken || len(mismatches) == 0
			r := result{found: e, name: set[i].Name, number: i + 1, of: len(set), mismatches: mismatches}
			if asJSON {
				writeLine(c.stdout, r.object())
			} else {
				_, _ = fmt.Fprintln(c.stdout, r.line(paint(c.draws && c.colours)))
			}
		}
		if !taken {
			lost++
		}
	}
	if lost > 0 {
		c.say("%d of %d events would not be relayed", lost, len(events))
		return errNoMatch
	}
	return nil
}

// warnOf shows what EventBridge accepts in a pattern and is probably a slip.
func (c *command) warnOf(p pattern.Named, asJSON bool) {
	for _, warning := range p.Pattern.Warnings() {
		if asJSON {
			writeLine(c.stdout, map[string]any{"type": "warning", "pattern": p.Name, "text": warning})
		}
		c.say("warning: %s", warning)
	}
}

// found is an event and where it was.
type found struct {
	pattern.Event
	file, label string
}

// eventsIn reads a file's events. Those of a file with several are told apart by the line they begin in.
func (c *command) eventsIn(ctx context.Context, file string) ([]found, error) {
	text, err := c.input(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("EVENT: %w", err)
	}
	if file == "-" {
		file = "stdin"
	}
	all, err := pattern.ParseEvents(file, text)
	events := make([]found, 0, len(all))
	for _, e := range all {
		label := file
		if len(all) > 1 {
			label = fmt.Sprintf("%s:%d", file, e.Line)
		}
		events = append(events, found{e, file, label})
	}
	return events, err
}

// input reads a file or standard input; somebody at the terminal may end that with a signal.
func (c *command) input(ctx context.Context, file string) ([]byte, error) {
	if file != "-" {
		return os.ReadFile(file)
	}
	type input struct {
		text []byte
		err  error
	}
	all := make(chan input, 1)
	go func() {
		text, err := io.ReadAll(c.stdin)
		all <- input{text, err}
	}()
	select {
	case in := <-all:
		return in.text, in.err
	case <-c.signals:
		return nil, context.Canceled
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
