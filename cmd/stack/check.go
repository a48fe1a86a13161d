package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// checkSettings are what check takes. Its patterns are an operand, unlike those of up: a stack's own in the environment
// must not be taken for them.
type checkSettings struct {
	PatternLimit int  `split_words:"true" default:"2048" min:"1" max:"4096" unit:"characters"`
	JSON         bool `split_words:"true" desc:"output for programs: one object a line"`
}

// Describe implements settings.Describer.
func (*checkSettings) Describe() map[string]string {
	return map[string]string{"PATTERN_LIMIT": descriptions["PATTERN_LIMIT"]}
}

// errNoMatch says that an event matches none of the patterns, which the output has said already.
var errNoMatch = errors.New("an event matches no pattern")

func (p *program) checkCommand() *cobra.Command {
	s := &checkSettings{}
	return withSettings(settings.New(prefix, s), &cobra.Command{
		GroupID: groupEvents, Use: "check PATTERNS EVENT…", Short: "tell which patterns match events, and why others do not",
		Long: `check tells which patterns match an event, and of a pattern that does not, what fails.
PATTERNS is as for up: a file or inline JSON. EVENT is a file with one event, several one after the
other, or an array of them; - is standard input. The exit code is 1 when an event matches none.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError("PATTERNS EVENT… are at least 2, not %d: patterns as for up, then files with events", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args[0], args[1:]) },
	})
}

// check compares events with patterns, as EventBridge would with a stack of these patterns. Each result is shown as
// soon as it is known.
func (p *program) check(ctx context.Context, s *checkSettings, patterns string, files []string) error {
	set, problems := patternsIn(patterns, s.PatternLimit)
	for _, file := range files {
		if err := readable(file); err != nil {
			problems = append(problems, "EVENT: "+err.Error())
		}
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	for i := range set {
		p.warnOf(set[i], s.JSON)
	}
	compared := &comparison{set: set, json: s.JSON, out: p.stdout, paint: paint(p.draws && p.colours)}
	for _, file := range files {
		if err := p.checkFile(ctx, compared, file); err != nil {
			return err
		}
	}
	if compared.lost > 0 {
		p.say("%d of %d events would not be relayed", compared.lost, compared.all)
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

func (p *program) checkFile(ctx context.Context, compared *comparison, file string) error {
	in := io.Reader(&interruptible{in: p.stdin, signals: p.signals, ctx: ctx})
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
		compared.add(event, err)
	}
	return nil
}

// warnOf shows what EventBridge accepts in a pattern and is probably a slip.
func (p *program) warnOf(named pattern.Named, asJSON bool) {
	for _, warning := range named.Pattern.Warnings() {
		if asJSON {
			writeJSON(p.stdout, map[string]any{"type": "warning", "pattern": named.Name, "text": warning})
		}
		p.say("warning: %s", warning)
	}
}

// interruptible is standard input, at which somebody may end the waiting with a signal.
type interruptible struct {
	in      io.Reader
	signals <-chan os.Signal
	ctx     context.Context
	ended   error // also the answer to each Read after the one that was interrupted
}

// Read implements io.Reader. What comes after an interrupt is lost, and nobody asks for it.
func (r *interruptible) Read(p []byte) (int, error) {
	type outcome struct {
		text []byte
		err  error
	}
	if r.ended != nil {
		return 0, r.ended
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
		r.ended = context.Canceled
	case <-r.ctx.Done():
		r.ended = r.ctx.Err()
	}
	return 0, r.ended
}

// comparison holds events against patterns, one event after the other.
type comparison struct {
	set       []pattern.Named
	json      bool
	out       io.Writer
	paint     paint
	all, lost int
}

// add shows how an event does with each pattern, or that it is none.
func (c *comparison) add(e pattern.Event, err error) {
	c.all++
	if err == nil {
		err = e.Check()
	}
	if err != nil {
		c.lost++
		c.showBad(e, err)
		return
	}
	taken := false
	for i := range c.set {
		mismatches, err := e.Explain(c.set[i].Pattern)
		if err != nil {
			c.lost++
			c.showBad(e, err)
			return
		}
		taken = taken || len(mismatches) == 0
		c.show(result{Event: e, name: c.set[i].Name, number: i + 1, of: len(c.set), mismatches: mismatches})
	}
	if !taken {
		c.lost++
	}
}

func (c *comparison) show(r result) {
	if c.json {
		writeJSON(c.out, r.object())
		return
	}
	_, _ = fmt.Fprintln(c.out, r.line(c.paint))
}

// showBad shows what AWS would answer with "Parameter Event is not valid".
func (c *comparison) showBad(e pattern.Event, err error) {
	if c.json {
		writeJSON(c.out, map[string]any{"type": "check", "file": e.File, "line": e.Line, "error": err.Error()})
		return
	}
	line, column, reason := e.Line, e.Column, err.Error()
	if bad := new(pattern.Error); errors.As(err, &bad) {
		line, column, reason = bad.Line, bad.Column, bad.Reason
	}
	_, _ = fmt.Fprintf(c.out, "%s:%d:%d: %s %s\n",
		terminal.Line(e.File), line, column, c.paint.in("31", "✗"), terminal.Line(reason))
}

// result is how an event did with a pattern.
type result struct {
	pattern.Event
	name       string // of the pattern, "" where it has none
	number, of int    // its place among the patterns
	mismatches []pattern.Mismatch
}

func (r *result) place() string { return terminal.Line(fmt.Sprintf("%s:%d", r.File, r.Line)) }

// line is the result for a person.
func (r *result) line(paint paint) string {
	name := terminal.Line(r.name)
	switch {
	case name == "" && r.of == 1:
		name = "the pattern"
	case name == "":
		name = fmt.Sprintf("pattern %d", r.number)
	}
	if len(r.mismatches) == 0 {
		return fmt.Sprintf("%s: %s %s", r.place(), paint.in("32", "✓"), name)
	}
	why := make([]string, 0, len(r.mismatches))
	for _, m := range r.mismatches {
		why = append(why, m.String())
	}
	return fmt.Sprintf("%s: %s %s: %s", r.place(), paint.in("31", "✗"), name, terminal.Line(strings.Join(why, "; ")))
}

// object is the result for a program.
func (r *result) object() map[string]any {
	mismatches := make([]map[string]any, 0, len(r.mismatches))
	for _, m := range r.mismatches {
		mismatches = append(mismatches, map[string]any{
			"path": m.Path, "choice": m.Choice, "wants": m.Wants, "has": m.Has, "hint": m.Hint,
			"line": m.Line, "column": m.Column,
		})
	}
	var event struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(r.Text, &event)
	return map[string]any{
		"type": "check", "file": r.File, "line": r.Line, "id": event.ID, "pattern": r.name, "number": r.number,
		"match": len(r.mismatches) == 0, "mismatches": mismatches,
	}
}
