package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

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
func (*checkSettings) Describe() map[string]string { return descriptions }

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
				return usageError("check needs at least two arguments, not %d: the patterns, as for up, and one or more "+
					"files with events", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args[0], args[1:]) },
	})
}

// check compares events with patterns, as EventBridge would with a stack of these patterns.
func (p *program) check(ctx context.Context, s *checkSettings, patterns string, files []string) error {
	set, problems := patternsIn(patterns, s.PatternLimit)
	for _, file := range files {
		_, in, err := p.openEvents(file) // refused before anything is shown
		if err != nil {
			problems = append(problems, "EVENT: "+err.Error())
			continue
		}
		_ = in.Close()
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	for i := range set {
		p.warnOf(set[i], s.JSON)
	}
	out := &closableWriter{to: p.stdout}
	defer out.close()
	c := &comparison{set: set, json: s.JSON, out: out, paint: paint(p.colours)}
	done := make(chan error, 1)
	go func() { done <- p.compareFiles(c, files) }()
	select {
	case err := <-done:
		if err == nil && c.lost > 0 {
			p.say("%d of %d events would not be relayed", c.lost, c.all)
			return errNoMatch
		}
		return err
	case <-p.signals: // while it waits for input, say, which ends with the process
		return context.Canceled
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closableWriter writes nothing once it is closed: a comparison that was interrupted goes on until the process ends.
type closableWriter struct {
	mu     sync.Mutex
	to     io.Writer
	closed bool
}

func (w *closableWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, io.ErrClosedPipe
	}
	return w.to.Write(text)
}

func (w *closableWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

// openEvents opens a file of events, or standard input.
func (p *program) openEvents(file string) (name string, in io.ReadCloser, err error) {
	if file == "-" {
		return "stdin", io.NopCloser(p.stdin), nil
	}
	in, err = os.Open(file)
	return file, in, err
}

func (p *program) compareFiles(c *comparison, files []string) error {
	for _, file := range files {
		name, in, err := p.openEvents(file)
		if err != nil {
			return err
		}
		if err := errors.Join(c.events(name, in), in.Close()); err != nil {
			return err
		}
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

// comparison holds events against patterns, one event after the other, and shows each result at once.
type comparison struct {
	set       []pattern.Named
	json      bool
	out       io.Writer
	paint     paint
	all, lost int
}

func (c *comparison) events(name string, in io.Reader) error {
	for event, err := range pattern.ReadEvents(name, in) {
		if bad := new(pattern.Error); err != nil && !errors.As(err, &bad) {
			return fmt.Errorf("read events: %w", err)
		}
		c.all++
		taken := false
		if err != nil {
			c.showBad(event, err)
		} else {
			taken = c.compare(event)
		}
		if !taken {
			c.lost++
		}
	}
	return nil
}

// compare shows how an event does with each pattern, and reports whether one of them matches.
func (c *comparison) compare(e pattern.Event) (taken bool) {
	for i, named := range c.set {
		mismatches := named.Pattern.Explain(e)
		match := len(mismatches) == 0
		taken = taken || match
		c.show(result{
			Type: "check", File: e.File, Line: e.Line, ID: idOf(e), Pattern: named.Name, Number: i + 1, Match: match,
			Mismatches: append([]pattern.Mismatch{}, mismatches...),
		})
	}
	return taken
}

func idOf(e pattern.Event) any {
	var event struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(e.Text, &event)
	return event.ID
}

// result is how an event did with a pattern.
type result struct {
	Type       string             `json:"type"`
	File       string             `json:"file"`
	Line       int                `json:"line"`
	ID         any                `json:"id"`
	Pattern    string             `json:"pattern"` // "" where it has no name
	Number     int                `json:"number"`  // its place among the patterns
	Match      bool               `json:"match"`
	Mismatches []pattern.Mismatch `json:"mismatches"`
}

func (c *comparison) show(r result) {
	if c.json {
		writeJSON(c.out, r)
		return
	}
	name := r.Pattern
	switch {
	case name == "" && len(c.set) == 1:
		name = "the pattern"
	case name == "":
		name = fmt.Sprintf("pattern %d", r.Number)
	}
	if r.Match {
		c.line(fmt.Sprintf("%s:%d", r.File, r.Line), "✓", name)
		return
	}
	var reasons []string
	for _, m := range r.Mismatches {
		reasons = append(reasons, m.String())
	}
	c.line(fmt.Sprintf("%s:%d", r.File, r.Line), "✗", name+": "+strings.Join(reasons, "; "))
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
	c.line(fmt.Sprintf("%s:%d:%d", e.File, line, column), "✗", reason)
}

func (c *comparison) line(place, mark, text string) {
	_, _ = fmt.Fprintf(c.out, "%s: %s %s\n", terminal.Line(place), c.paint.mark(mark), terminal.Line(text))
}
