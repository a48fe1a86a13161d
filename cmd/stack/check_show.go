package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

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
		mismatches, err := c.set[i].Pattern.Explain(e.Text)
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
		writeLine(c.out, r.object())
		return
	}
	_, _ = fmt.Fprintln(c.out, r.line(c.paint))
}

// showBad shows what AWS would answer with "Parameter Event is not valid".
func (c *comparison) showBad(e pattern.Event, err error) {
	if c.json {
		writeLine(c.out, map[string]any{"type": "check", "file": e.File, "line": e.Line, "error": err.Error()})
		return
	}
	line, column, reason := e.Line, e.Column, err.Error()
	if bad := new(pattern.Error); errors.As(err, &bad) {
		line, column, reason = bad.Line, bad.Column, bad.Reason
	}
	_, _ = fmt.Fprintf(c.out, "%s:%d:%d: %s %s\n", terminal.Line(e.File), line, column, c.paint.in("31", "✗"), terminal.Line(reason))
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
			"path": m.Path, "choice": m.Choice, "wants": m.Wants, "has": m.Has, "hint": m.Hint, "line": m.Line, "column": m.Column,
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
