package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// result is how an event did with a pattern.
type result struct {
	found
	name       string // of the pattern, "" where it has none
	number, of int    // its place among the patterns
	mismatches []pattern.Mismatch
}

// line is the result for a person.
func (r *result) line(paint paint) string {
	name := r.name
	switch {
	case name == "" && r.of == 1:
		name = "the pattern"
	case name == "":
		name = fmt.Sprintf("pattern %d", r.number)
	}
	if len(r.mismatches) == 0 {
		return fmt.Sprintf("%s: %s %s", r.label, paint.in("32", "✓"), name)
	}
	why := make([]string, 0, len(r.mismatches))
	for _, m := range r.mismatches {
		why = append(why, m.String())
	}
	return fmt.Sprintf("%s: %s %s: %s", r.label, paint.in("31", "✗"), name, strings.Join(why, "; "))
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
		"type": "check", "file": r.file, "line": r.Line, "id": event.ID, "pattern": r.name, "number": r.number,
		"match": len(r.mismatches) == 0, "mismatches": mismatches,
	}
}
