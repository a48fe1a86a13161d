package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Outputs are the outputs of the stack (URLs, ARNs, policies and others), by name, as JSON.
type Outputs map[string]json.RawMessage

// Text returns an output that is a string, or "" if it is not one.
func (o Outputs) Text(name string) string {
	var s string
	_ = json.Unmarshal(o[name], &s)
	return s
}

// Rule is one rule among the outputs.
type Rule struct {
	Name     string `json:"name"`
	ARN      string `json:"arn"`
	Pattern  string `json:"pattern"`
	Schedule string `json:"schedule"`
	State    string `json:"state"` // empty if an earlier version of this program created the stack
}

// Sources returns the exact sources in a rule's pattern. complete is true if its events can have no other source.
func (r Rule) Sources() (sources []string, complete bool) {
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

// ruleOf returns the rule with these Terraform attributes.
func ruleOf(values map[string]any) Rule {
	return Rule{
		Name: text(values["name"]), Pattern: text(values["event_pattern"]), Schedule: text(values["schedule_expression"]),
	}
}

// EventBus returns the event bus of a rule. The ARN of the rule contains it unless it is the default bus.
func (r Rule) EventBus() string {
	_, path, _ := strings.Cut(r.ARN, ":rule/")
	bus := strings.TrimSuffix(strings.TrimSuffix(path, r.Name), "/")
	return cmp.Or(bus, inventory.DefaultBus)
}

// Rules returns the stack's rules by their keys.
func (o Outputs) Rules() map[string]Rule {
	rules := map[string]Rule{}
	_ = json.Unmarshal(o["rules"], &rules)
	return rules
}

// Outputs returns the outputs that the last up stored in the state. It sends AWS no requests except for a state in S3.
// createdWith is the same as for Down.
func (s *Stack) Outputs(ctx context.Context, createdWith *Options) (Outputs, error) {
	r, err := s.openKnown(ctx, "outputs", createdWith)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.outputs(ctx)
}

func (r *session) outputs(ctx context.Context) (Outputs, error) {
	var found map[string]tfexec.OutputMeta
	err := r.withInit(ctx, func() (err error) {
		found, err = r.terraform.Output(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	outputs := Outputs{}
	for name, output := range found {
		outputs[name] = output.Value
	}
	return outputs, nil
}
