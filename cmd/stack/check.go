package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// checked are what check takes. Its patterns have no name, unlike those of up: a stack's own in the environment must
// not be taken for them.
type checked struct {
	_            struct{} `env:"STACK_"`
	Given        []string `operands:"PATTERNS EVENT" min:"2" file:"file" desc:"patterns as up takes them, a file or inline JSON; then files with an event, some one after the other, or an array of them, - for standard input"`
	JSON         bool     `envconfig:"STACK_JSON" desc:"output for programs: one object a line"`
	PatternLimit int      `envconfig:"STACK_PATTERN_LIMIT" default:"2048" min:"1" max:"4096" unit:"characters" desc:"longest event pattern; raise it where AWS raised the account's quota"`
}

// errNoMatch says that an event matches none of the patterns, which the output has said already.
var errNoMatch = errors.New("an event matches no pattern")

// check holds events against patterns, as EventBridge would with a stack of these patterns. Each result is shown as
// soon as it is known.
func (c *command) check(ctx context.Context, args []string) error {
	var s checked
	if err := settings.Load(&s, args); err != nil {
		return err
	}
	set, problems := patternsIn(s.Given[0], s.PatternLimit)
	for _, file := range s.Given[1:] {
		if err := readable(file); err != nil {
			problems = append(problems, "EVENT: "+err.Error())
		}
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	for i := range set {
		c.warnOf(set[i], s.JSON)
	}
	held := &comparison{set: set, json: s.JSON, out: c.stdout, paint: paint(c.draws && c.colours)}
	for _, file := range s.Given[1:] {
		if err := c.checkFile(ctx, held, file); err != nil {
			return err
		}
	}
	if held.lost > 0 {
		c.say("%d of %d events would not be relayed", held.lost, held.all)
		return errNoMatch
	}
	return nil
}

// readable refuses a file before anything is shown.
func readable(file string) error {
	if file == "-" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	return f.Close()
}

func (c *command) checkFile(ctx context.Context, held *comparison, file string) error {
	in := io.Reader(&interruptible{in: c.stdin, signals: c.signals, ctx: ctx})
	if file == "-" {
		file = "stdin"
	} else {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	for event, err := range pattern.ReadEvents(file, in) {
		if bad := new(pattern.Error); err != nil && !errors.As(err, &bad) {
			return fmt.Errorf("read events: %w", err)
		}
		held.add(event, err)
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

// interruptible is standard input, at which somebody may end the waiting with a signal.
type interruptible struct {
	in      io.Reader
	signals <-chan os.Signal
	ctx     context.Context
}

// Read implements io.Reader. What comes after an interrupt is lost, and nobody asks for it.
func (r *interruptible) Read(p []byte) (int, error) {
	type outcome struct {
		text []byte
		err  error
	}
	read := make(chan outcome, 1)
	go func() {
		text := make([]byte, len(p))
		n, err := r.in.Read(text)
		read <- outcome{text[:n], err}
	}()
	select {
	case o := <-read:
		return copy(p, o.text), o.err
	case <-r.signals:
		return 0, context.Canceled
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
