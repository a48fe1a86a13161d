package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// readPatterns reads PATTERNS into the options.
func (c *Config) readPatterns() []string {
	if c.Patterns == "" {
		return nil
	}
	set, problems := patternsIn(c.Patterns, c.PatternLimit)
	for _, p := range set {
		compact := string(p.Pattern.Text())
		c.warnings = append(c.warnings, p.Pattern.Warnings()...)
		for _, reason := range validate.Unmatched(p.Pattern, c.options.Region, c.options.AllManagementEvents) {
			c.warnings = append(c.warnings, fmt.Sprintf("the pattern on line %d, column %d: %s", p.Line, p.Column, reason))
		}
		if p.Name == "" {
			c.options.Patterns = append(c.options.Patterns, compact)
			continue
		}
		if c.options.NamedPatterns == nil {
			c.options.NamedPatterns = map[string]string{}
		}
		c.options.NamedPatterns[p.Name] = compact
	}
	return problems
}

// patternsIn reads the patterns of a setting, a file's name or the text itself. Every mistake is a problem of its own,
// with its place and a caret under it.
func patternsIn(setting string, limit int) ([]pattern.Named, []string) {
	file, text := "PATTERNS", []byte(setting)
	if !inline(setting) {
		var err error
		if text, err = os.ReadFile(setting); err != nil {
			return nil, []string{"PATTERNS: " + err.Error() + ": a file, or inline JSON that begins with [ or {, is accepted"}
		}
		file = setting
	}
	set, err := pattern.ParseSet(file, text, limit)
	if err != nil {
		return nil, explained(err)
	}
	return set, nil
}

func inline(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "[") || strings.HasPrefix(strings.TrimSpace(text), "{")
}

// explained takes a joined error apart.
func explained(err error) []string {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var problems []string
	for _, e := range list {
		text := e.Error()
		if at := new(pattern.Error); errors.As(e, &at) {
			text += "\n" + at.Caret()
		}
		problems = append(problems, text)
	}
	return problems
}
