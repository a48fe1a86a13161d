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

// checkSettings are the settings of check. Its patterns are an argument, unlike those of up, so that a variable
// PATTERNS that is set for a stack is not used by mistake.
type checkSettings struct {
	Described
	PatternLimit int  `split_words:"true" default:"2048" min:"1" max:"4096" unit:"characters"`
	JSON         bool `split_words:"true" desc:"machine-readable output: one JSON object per line"`
}

// errNoMatch is returned if an event matches no pattern. It is not printed, because the output already says so.
var errNoMatch = errors.New("an event matches no pattern")

func (p *program) checkCommand() *cobra.Command {
	s := &checkSettings{}
	return withSettings(settings.New(prefix, s), &cobra.Command{
		Use: "check PATTERNS EVENT…", Short: "Show which patterns match an event, and why others do not",
		Long: `check shows which patterns match an event. For a pattern that does not match, it shows which part
fails. PATTERNS has the same form as for 'stack up': a file or inline JSON. EVENT is a file that
contains one event, several events one after the other, or an array of events; - stands for
standard input. If an event matches no pattern, the exit code is 1.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError("check needs at least two arguments, not %d: the patterns, and one or more "+
					"files with events", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args[0], args[1:]) },
	})
}

// check compares events with patterns, as EventBridge would for a stack with these patterns. A signal ends the process
// at once, because it may be waiting for input.
func (p *program) check(ctx context.Context, s *checkSettings, patterns string, files []string) error {
	set, problems := patternsIn(patterns, s.PatternLimit)
	for _, file := range files {
		_, in, err := p.openEvents(file) // to report a missing file before any result is shown
		if err != nil {
			problems = append(problems, "EVENT: "+err.Error())
			continue
		}
		_ = in.Close()
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	_, stop := p.endedBySignals(ctx)
	defer stop()
	for i := range set {
		p.warnOf(set[i], s.JSON)
	}
	c := &comparison{set: set, json: s.JSON, out: p.stdout, colours: useColours(p.colours)}
	for _, file := range files {
		name, in, err := p.openEvents(file)
		if err != nil {
			return err
		}
		if err := errors.Join(c.events(name, in), in.Close()); err != nil {
			return err
		}
	}
	if c.lost > 0 {
		p.say("%d of %d events would not be relayed", c.lost, c.all)
		return errNoMatch
	}
	return nil
}

// openEvents opens a file of events, or standard input.
func (p *program) openEvents(file string) (name string, in io.ReadCloser, err error) {
	if file == "-" {
		return "stdin", io.NopCloser(p.stdin), nil
	}
	in, err = os.Open(file)
	return file, in, err
}

// warnOf warns of what EventBridge accepts in a pattern but is probably a mistake.
func (p *program) warnOf(named pattern.Named, asJSON bool) {
	for _, warning := range named.Pattern.Warnings() {
		if asJSON {
			writeJSON(p.stdout, map[string]any{"type": "warning", "pattern": named.Name, "text": warning})
		}
		p.say("warning: %s", warning)
	}
}

// comparison compares events with patterns, one event after the other, and shows each result at once.
type comparison struct {
	set       []pattern.Named
	json      bool
	out       io.Writer
	colours   useColours
	all, lost int
}

func (c *comparison) events(name string, in io.Reader) error {
	for event, err := range pattern.ReadEvents(name, in) {
		bad := new(pattern.Error)
		matched := false
		switch {
		case err == nil:
			matched = c.compare(event)
		case errors.As(err, &bad): // AWS would answer "Parameter Event is not valid"
			r := result{Type: "check", File: event.File, Line: bad.Line, Error: err.Error()}
			c.show(r, fmt.Sprintf(":%d", bad.Column), bad.Reason)
		default:
			return fmt.Errorf("read events: %w", err)
		}
		c.all++
		if !matched {
			c.lost++
		}
	}
	return nil
}

// compare shows for each pattern whether it matches the event, and reports whether any of them does.
func (c *comparison) compare(e pattern.Event) (matched bool) {
	var event struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(e.Text, &event)
	for i, named := range c.set {
		mismatches := named.Pattern.Explain(e)
		match := len(mismatches) == 0
		matched = matched || match
		r := result{
			Type: "check", File: e.File, Line: e.Line, ID: event.ID, Pattern: named.Name, Number: i + 1, Match: match,
			Mismatches: append([]pattern.Mismatch{}, mismatches...),
		}
		c.show(r, "", c.verdict(r))
	}
	return matched
}

// verdict returns the name of the pattern, and which parts of it fail.
func (c *comparison) verdict(r result) string {
	name := r.Pattern
	switch {
	case name == "" && len(c.set) == 1:
		name = "the pattern"
	case name == "":
		name = fmt.Sprintf("pattern %d", r.Number)
	}
	if r.Match {
		return name
	}
	var reasons []string
	for _, m := range r.Mismatches {
		reasons = append(reasons, m.String())
	}
	return name + ": " + strings.Join(reasons, "; ")
}

// result says whether an event matches a pattern, or why it is not a valid event.
type result struct {
	Type       string             `json:"type"`
	File       string             `json:"file"`
	Line       int                `json:"line"`
	ID         any                `json:"id"`
	Pattern    string             `json:"pattern"` // "" if it has no name
	Number     int                `json:"number"`  // its place among the patterns
	Match      bool               `json:"match"`
	Mismatches []pattern.Mismatch `json:"mismatches"`
	Error      string             `json:"error,omitempty"`
}

// show writes a result; column is ":" and the column, which follows the line number, or "" if the column is not known.
func (c *comparison) show(r result, column, text string) {
	if c.json {
		writeJSON(c.out, r)
		return
	}
	mark := "✗"
	if r.Match {
		mark = "✓"
	}
	place := fmt.Sprintf("%s:%d%s", r.File, r.Line, column)
	_, _ = fmt.Fprintf(c.out, "%s: %s %s\n", terminal.Line(place), c.colours.mark(mark), terminal.Line(text))
}
