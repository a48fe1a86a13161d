package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// checker is the command check: its settings, the patterns, and how many of the events match none of them. The patterns
// are an argument, unlike those of up, so that a variable PATTERNS that is set for a stack is not used by mistake.
type checker struct {
	Described
	PatternLimit int  `split_words:"true" default:"2048" min:"1" max:"4096" unit:"characters"`
	JSON         bool `split_words:"true" desc:"machine-readable output: one JSON object per line"`

	*program
	set         []*pattern.Pattern
	events, bad int
}

// errNoMatch is returned if an event matches no pattern. It is not printed, because the output already says so.
var errNoMatch = errors.New("an event matches no pattern")

func (p *program) checkCommand() *cobra.Command {
	c := &checker{program: p}
	return p.command(settings.New(prefix, c), nil, &cobra.Command{ // a signal ends it at once: it may wait for input
		Use: "check PATTERNS EVENT…", GroupID: eventsGroup,
		Short: "Show which patterns match an event, and why others do not",
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
		RunE: func(_ *cobra.Command, args []string) error { return c.check(args[0], args[1:]) },
	})
}

// check compares events with patterns, as EventBridge would for a stack with these patterns.
func (c *checker) check(patterns string, names []string) error {
	set, problems := patternsIn(patterns, c.PatternLimit)
	files := make([]io.Reader, len(names)) // opened before any result is shown, to report those that cannot be read
	for i, name := range names {
		if name == "-" {
			files[i], names[i] = c.stdin, "stdin"
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			problems = append(problems, "EVENT: "+err.Error())
			continue
		}
		defer func() { _ = file.Close() }()
		files[i] = file
	}
	if len(problems) > 0 {
		return &settings.Error{Problems: problems}
	}
	c.set = set
	for _, p := range set {
		for _, warning := range p.Warnings {
			if c.JSON {
				_ = writeJSON(c.stdout, map[string]any{"type": "warning", "pattern": p.Name, "text": warning})
			}
			c.say("warning: %s", warning)
		}
	}
	for i, file := range files {
		if err := c.checkFile(names[i], file); err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
	if c.bad > 0 {
		c.say("%d of %d events would not be relayed", c.bad, c.events)
		return errNoMatch
	}
	return nil
}

// checkFile compares the events in a file, one after the other, and shows each result at once.
func (c *checker) checkFile(name string, in io.Reader) error {
	for event, err := range pattern.ReadEvents(name, in) {
		wrong, invalid := errors.AsType[*pattern.Error](err)
		matched := false
		switch {
		case err == nil:
			matched = c.compare(name, event)
		case invalid: // AWS would answer "Parameter Event is not valid"
			r := result{File: name, Line: wrong.Line, Error: err.Error()}
			c.show(r, fmt.Sprintf(":%d", wrong.Column), wrong.Reason)
		default:
			return err
		}
		c.events++
		if !matched {
			c.bad++
		}
	}
	return nil
}

// compare shows for each pattern whether it matches the event, and reports whether any of them does.
func (c *checker) compare(file string, e pattern.Event) (matched bool) {
	for i, p := range c.set {
		r := result{File: file, Line: e.Line, ID: e.ID, Pattern: p.Name, Number: i + 1}
		r.Mismatches = append([]pattern.Mismatch{}, p.Explain(e)...)
		r.Match = len(r.Mismatches) == 0
		matched = matched || r.Match
		c.show(r, "", r.verdict())
	}
	return matched
}

// verdict returns the name of the pattern, or else its number, and which parts of it fail.
func (r result) verdict() string {
	text := cmp.Or(r.Pattern, fmt.Sprintf("pattern %d", r.Number))
	between := ": "
	for _, m := range r.Mismatches {
		text += between + m.String()
		between = "; "
	}
	return text
}

// result says whether an event matches a pattern, or why it is not a valid event.
type result struct {
	Type       string             `json:"type"`
	File       string             `json:"file"`
	Line       int                `json:"line"`
	ID         json.RawMessage    `json:"id"`
	Pattern    string             `json:"pattern"` // "" if it has no name
	Number     int                `json:"number"`  // its place among the patterns
	Match      bool               `json:"match"`
	Mismatches []pattern.Mismatch `json:"mismatches"`
	Error      string             `json:"error,omitempty"`
}

// show writes a result; column is ":" and the column, which follows the line number, or "" if the column is not known.
func (c *checker) show(r result, column, text string) {
	r.Type = "check"
	mark := "✗"
	if r.Match {
		mark = "✓"
	}
	place := terminal.Line(fmt.Sprintf("%s:%d%s", r.File, r.Line, column))
	_ = show(c.stdout, c.JSON, r, fmt.Sprintf("%s: %s %s\n", place, coloured(mark, c.colours), terminal.Line(text)))
}
