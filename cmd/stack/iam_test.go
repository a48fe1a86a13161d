package main

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// call is a permission that a call needs, as the local AWS records it, or as a test makes it up.
type call struct {
	Action, Resource, Key string
	Context               map[string][]string
}

// statement is a statement of an IAM policy, with the elements that the policies of the stack use.
type statement struct {
	Effect           string
	Action, Resource []string
	Condition        map[string]map[string]oneOrMany
}

// permits evaluates a policy as IAM does: something allows the call, and nothing denies it.
func permits(t *testing.T, policy []statement, c call) bool {
	t.Helper()
	effects := map[string]bool{}
	for _, s := range policy {
		if s.appliesTo(t, c) {
			effects[s.Effect] = true
		}
	}
	return effects["Allow"] && !effects["Deny"]
}

func (s statement) appliesTo(t *testing.T, c call) bool {
	t.Helper()
	if !like(c.Action, s.Action) || !like(c.Resource, s.Resource) {
		return false
	}
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			if !met(t, operator, wanted, c.Context[key]) {
				return false
			}
		}
	}
	return true
}

// met reports whether the values that a call has for a key meet a condition. If there are none, they meet only a
// condition on all values.
func met(t *testing.T, operator string, wanted oneOrMany, values []string) bool {
	t.Helper()
	if operator == "Null" {
		return (len(values) == 0) == (wanted[0] == "true")
	}
	operator, all := strings.CutPrefix(operator, "ForAllValues:")
	if len(values) == 0 {
		return all
	}
	if len(values) > 1 && !all {
		t.Fatalf("%s is not made for several values, such as %v", operator, values)
	}
	for _, value := range values {
		switch operator {
		case "StringEquals":
			if !slices.Contains(wanted, value) {
				return false
			}
		case "StringLike", "ArnEquals", "ArnLike":
			if !like(value, wanted) {
				return false
			}
		default:
			t.Fatalf("the operator %s is not known here", operator)
		}
	}
	return true
}

// like compares with IAM's wildcards, which also match slashes.
func like(value string, patterns []string) bool {
	flat := func(s string) string { return strings.NewReplacer("/", "\x01", "[", "\x02", `\`, "\x03").Replace(s) }
	return slices.ContainsFunc(patterns, func(p string) bool {
		match, err := path.Match(flat(p), flat(value))
		return match && err == nil
	})
}

// TestIAM compares the evaluator with what IAM's documentation says about conditions.
func TestIAM(t *testing.T) {
	policy := []statement{
		{Effect: "Allow", Action: []string{"a:Get*"}, Resource: []string{"arn:x/*"}},
		{Effect: "Deny", Action: []string{"a:GetIt"}, Resource: []string{"arn:x/secret"}},
		{
			Effect: "Allow", Action: []string{"a:Put"}, Resource: []string{"*"},
			Condition: map[string]map[string]oneOrMany{
				"Null":                 {"targets": {"false"}},
				"ForAllValues:ArnLike": {"targets": {"arn:q-*"}},
				"StringEquals":         {"tag": {"x", "y"}},
			},
		},
	}
	for _, c := range []struct {
		call
		want bool
	}{
		{call{Action: "a:Get", Resource: "arn:x/b/c"}, true},
		{call{Action: "a:Get", Resource: "arn:y/b"}, false},
		{call{Action: "b:Get", Resource: "arn:x/b"}, false},
		{call{Action: "a:GetIt", Resource: "arn:x/secret"}, false},
		{call{Action: "a:Put", Context: map[string][]string{"targets": {"arn:q-1", "arn:q-2"}, "tag": {"y"}}}, true},
		{call{Action: "a:Put", Context: map[string][]string{"targets": {"arn:q-1", "arn:r"}, "tag": {"y"}}}, false},
		{call{Action: "a:Put", Context: map[string][]string{"tag": {"y"}}}, false},
		{call{Action: "a:Put", Context: map[string][]string{"targets": {"arn:q-1"}}}, false},
		{call{Action: "a:Put", Context: map[string][]string{"targets": {"arn:q-1"}, "tag": {"z"}}}, false},
	} {
		if got := permits(t, policy, c.call); got != c.want {
			t.Errorf("%+v: %v", c.call, got)
		}
	}
}
