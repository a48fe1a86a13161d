package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
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

// String is what a rule lets through, on one short line: the schedule, or the pattern's own fields, and of detail what
// is looked at.
func (r Rule) String() string {
	var fields map[string]any
	if r.Schedule != "" || json.Unmarshal([]byte(r.Pattern), &fields) != nil {
		return r.Schedule
	}
	var parts []string
	for _, name := range []string{"source", "detail-type"} {
		if values, ok := fields[name]; ok {
			parts = append(parts, name+" "+alternatives(values))
			delete(fields, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		inner := object(fields[name])
		if inner == nil {
			parts = append(parts, name+" "+alternatives(fields[name]))
		}
		for _, key := range slices.Sorted(maps.Keys(inner)) {
			parts = append(parts, name+"."+key)
		}
	}
	line := []rune(strings.Join(parts, ", "))
	if len(line) > longestRule {
		line = append(line[:longestRule-1], '…')
	}
	return string(line)
}

// longestRule is how much of a rule is shown, in characters.
const longestRule = 90

// alternatives are the values of a field, any of which is enough.
func alternatives(v any) string {
	list, _ := v.([]any)
	var parts []string
	for _, entry := range list {
		if object(entry) != nil {
			encoded, _ := json.Marshal(entry)
			entry = string(encoded)
		}
		parts = append(parts, fmt.Sprint(entry))
	}
	return strings.Join(parts, " or ")
}

// Sources are the sources that a rule's pattern names in full; whole is true if its events can have no others.
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

// ruleOf is a rule with these attributes of Terraform's.
func ruleOf(values map[string]any) Rule {
	return Rule{
		Name: text(values["name"]), Pattern: text(values["event_pattern"]), Schedule: text(values["schedule_expression"]),
	}
}

// EventBus is the bus of a rule, which its ARN names unless it is the default one.
func (r Rule) EventBus() string {
	_, path, _ := strings.Cut(r.ARN, ":rule/")
	bus := strings.TrimSuffix(strings.TrimSuffix(path, r.Name), "/")
	return cmp.Or(bus, tail.DefaultBus)
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
	return r.terraform.Outputs(ctx)
}
