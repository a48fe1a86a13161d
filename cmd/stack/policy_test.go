package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// excused are the permissions that TestLifecycle does not use, by policy, and what uses them.
var excused = map[string]map[string]string{
	"operator_policy": {
		"cloudtrail:RemoveTags":    tagGone,
		"cloudwatch:UntagResource": tagGone,
		"events:UntagResource":     tagGone,
		"kms:UntagResource":        tagGone,
		"sns:TagResource":          "up with a tag more",
		"sns:UntagResource":        tagGone,
		"sqs:UntagQueue":           tagGone,
		"kms:TagResource":          "up with a tag more",
		"kms:PutKeyPolicy":         otherQueue,
		"kms:UpdateKeyDescription": otherQueue,
		"sqs:SetQueueAttributes":   "up with another RETENTION",
		"cloudtrail:UpdateTrail":   "up after somebody changed the trail by hand",
	},
	"tail_policy": {"sqs:GetQueueUrl": "a tail that was cut off while it made its queue"},
}

const (
	tagGone    = "up with a tag less in TAGS"
	otherQueue = "up with another QUEUE_NAME, which the key's policy and description have"
)

// oneOrMany is a value of a condition: a text, or a list of them.
type oneOrMany []string

// UnmarshalJSON reads either.
func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(o))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*o = oneOrMany{one}
	return err
}

// documents reads the policies among outputs.
func documents(t *testing.T, outputs map[string]any) map[string][]statement {
	t.Helper()
	policies := map[string][]statement{}
	for name, value := range outputs {
		text, isText := value.(string)
		if !strings.HasSuffix(name, "_policy") || !isText || name == "queue_policy" {
			continue // the queue's own says who may send, not what somebody may do
		}
		var document struct{ Statement []statement }
		check(t, json.Unmarshal([]byte(text), &document))
		policies[name] = document.Statement
	}
	return policies
}

// policies are those of the stack that is up.
func (g *ground) policies(name string) map[string][]statement {
	g.t.Helper()
	var outputs map[string]any
	check(g.t, json.Unmarshal([]byte(g.must("outputs", "--name="+name, "--json")), &outputs))
	return documents(g.t, outputs)
}

// made are the calls that were made so far but for those of the tests themselves, by the policy of who made them.
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

// needsNothing reports whether a call needs no permission: AWS tells everybody who he is, and no grant can name an
// alias that stands for no key, so that to be refused there is as good as to find nothing.
func needsNothing(c call) bool {
	return c.Action == "sts:GetCallerIdentity" || c.Action == "kms:DescribeKey" && strings.Contains(c.Resource, ":alias/")
}

// holdPolicy wants every call of who has a policy to be permitted, by it or by another that the same person has, and
// every permission of it to be of use.
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
