package stack

import (
	"context"
	"encoding/json"
)

// Outputs are the stack's addresses and policies, by name, as JSON.
type Outputs map[string]json.RawMessage

// Text is an output that is a text, or nothing.
func (o Outputs) Text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

// Rule is one rule among the outputs.
type Rule struct {
	Name     string `json:"name"`
	ARN      string `json:"arn"`
	Pattern  string `json:"pattern"`
	Schedule string `json:"schedule"`
}

// Words says what a rule lets through.
func (r Rule) Words() string {
	if r.Schedule != "" {
		return r.Schedule
	}
	return patternWords(r.Pattern)
}

// Sources are the sources that a rule's pattern names in full; whole tells whether its events have no others.
func (r Rule) Sources() (sources []string, whole bool) {
	if r.Schedule != "" {
		return []string{"aws.events"}, true
	}
	var pattern struct {
		Source []any `json:"source"`
	}
	if json.Unmarshal([]byte(r.Pattern), &pattern) != nil {
		return nil, false
	}
	for _, value := range pattern.Source {
		if source, ok := value.(string); ok {
			sources = append(sources, source)
		}
	}
	return sources, len(sources) > 0 && len(sources) == len(pattern.Source)
}

// Rules are the stack's rules by their keys.
func (o Outputs) Rules() map[string]Rule {
	rules := map[string]Rule{}
	_ = json.Unmarshal(o["rules"], &rules)
	return rules
}

// Outputs reads what the last up made known. It asks nobody but the state.
func (s *Stack) Outputs(ctx context.Context) (Outputs, error) {
	r, err := s.openKnown(ctx, "outputs", nil)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.initialise(ctx); err != nil {
		return nil, err
	}
	return r.terraform.outputs(ctx)
}
