package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// excused are, by policy, the permissions that TestLifecycle does not use, and what uses them.
var excused = map[string]map[string]string{
	"operator_policy": {
		"cloudtrail:RemoveTags":    tagGone,
		"cloudwatch:UntagResource": tagGone,
		"events:UntagResource":     tagGone,
		"kms:UntagResource":        tagGone,
		"sns:TagResource":          "up with an additional tag",
		"sns:UntagResource":        tagGone,
		"sqs:UntagQueue":           tagGone,
		"kms:TagResource":          "up with an additional tag",
		"kms:PutKeyPolicy":         otherQueue,
		"kms:UpdateKeyDescription": otherQueue,
		"sqs:SetQueueAttributes":   "up with another RETENTION",
		"cloudtrail:UpdateTrail":   "up after somebody changed the trail by hand",
	},
	"tail_policy": {"sqs:GetQueueUrl": "a tail that was interrupted while it created its queue"},
}

const (
	tagGone    = "up with a tag removed from TAGS"
	otherQueue = "up with another QUEUE_NAME, which the key's policy and description contain"
)

// oneOrMany is a value of a condition: a string, or a list of strings.
type oneOrMany []string

// UnmarshalJSON accepts both forms.
func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(o))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*o = oneOrMany{one}
	return err
}

// documents returns the policies among the outputs.
func documents(t *testing.T, outputs map[string]any) map[string][]statement {
	t.Helper()
	policies := map[string][]statement{}
	for name, value := range outputs {
		text, isText := value.(string)
		if !strings.HasSuffix(name, "_policy") || !isText || name == "queue_policy" {
			continue // the policy of the queue is not a policy for users
		}
		var document struct{ Statement []statement }
		check(t, json.Unmarshal([]byte(text), &document))
		policies[name] = document.Statement
	}
	return policies
}

// policies returns the policies of a stack.
func (g *ground) policies(name string) map[string][]statement {
	g.t.Helper()
	var outputs map[string]any
	check(g.t, json.Unmarshal([]byte(g.must("outputs", "--name="+name, "--json")), &outputs))
	return documents(g.t, outputs)
}

// made returns the calls that were made so far, except those of the tests themselves, by the policy of the user who
// made them.
func (g *ground) made() map[string][]call {
	g.t.Helper()
	text, err := os.ReadFile(g.calls)
	check(g.t, err)
	made := map[string][]call{}
	for line := range strings.Lines(string(text)) {
		var c call
		check(g.t, json.Unmarshal([]byte(line), &c))
		switch {
		case c.Key == testKey:
		case strings.HasSuffix(c.Key, "_policy"):
			made[c.Key] = append(made[c.Key], c)
		default:
			made["operator_policy"] = append(made["operator_policy"], c)
		}
	}
	return made
}

// needsNothing reports whether a call needs no permission: AWS lets every user call GetCallerIdentity.
func needsNothing(c call) bool { return c.Action == "sts:GetCallerIdentity" }

// holdPolicy checks that the policy, or one of the others that the same user has, permits every call that was made with
// it, and that each of its permissions is used.
func holdPolicy(t *testing.T, name string, made []call, policies map[string][]statement, others ...string) {
	all := slices.Clone(policies[name])
	for _, other := range others {
		all = append(all, policies[other]...)
	}
	used, denied := map[string]bool{}, map[string]bool{}
	for _, c := range made {
		used[c.Action] = true
		if !needsNothing(c) && !permits(t, all, c) {
			denied[c.Action+" on "+c.Resource] = true
		}
	}
	for _, what := range slices.Sorted(maps.Keys(denied)) {
		t.Errorf("not permitted: %s", what)
	}
	granted := map[string]bool{}
	for _, s := range policies[name] {
		for _, action := range s.Action {
			granted[action] = true
			if !used[action] && excused[name][action] == "" {
				t.Errorf("permitted to no end: %s", action)
			}
		}
	}
	for action := range excused[name] {
		if !granted[action] {
			t.Errorf("excused and not permitted: %s", action)
		}
	}
	t.Logf("%d calls of %d actions; %d actions permitted", len(made), len(used), len(granted))
}
