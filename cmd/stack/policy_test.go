package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// excused are the operator's permissions that TestLifecycle does not use, and what uses them.
var excused = map[string]string{
	"cloudtrail:RemoveTags":    tagGone,
	"cloudwatch:UntagResource": tagGone,
	"events:UntagResource":     tagGone,
	"kms:UntagResource":        tagGone,
	"sns:TagResource":          "up with a tag more",
	"sns:UntagResource":        tagGone,
	"sqs:UntagQueue":           tagGone,
	"kms:PutKeyPolicy":         otherQueue,
	"kms:UpdateKeyDescription": otherQueue,
	"kms:Decrypt":              "status, when there are dead letters: SQS decrypts them in the caller's name",
	"sqs:SetQueueAttributes":   "up with another RETENTION, or a rule more or less, which the queue's policy names",
	"cloudtrail:UpdateTrail":   "up after somebody changed the trail by hand",
}

const (
	tagGone    = "up with a tag less in TAGS"
	otherQueue = "up with another QUEUE_NAME, which the key's policy and description have"
)

// call is a permission that a call took, as the local AWS notes it.
type call struct {
	Action, Resource, Key string
	RequestTags           map[string]string `json:"request_tags"`
	ResourceTags          map[string]string `json:"resource_tags"`
}

type statement struct {
	Action, Resource []string
	Condition        struct{ StringEquals map[string]string }
}

func (s statement) allows(c call) bool {
	return slices.Contains(s.Action, c.Action) && slices.ContainsFunc(s.Resource, c.is) && s.meets(c)
}

// is reports whether the call's resource is one that the pattern names; ours have no wildcard but at the end.
func (c call) is(pattern string) bool {
	start, wild := strings.CutSuffix(pattern, "*")
	return pattern == c.Resource || wild && strings.HasPrefix(c.Resource, start)
}

func (s statement) meets(c call) bool {
	for key, want := range s.Condition.StringEquals {
		of, tag, _ := strings.Cut(key, "/")
		tags := map[string]map[string]string{"aws:RequestTag": c.RequestTags, "aws:ResourceTag": c.ResourceTags}[of]
		if got, ok := tags[tag]; !ok || got != want {
			return false
		}
	}
	return true
}

// excusedObserver are those of who only looks.
var excusedObserver = map[string]string{
	"kms:Decrypt":         "SQS asks for it itself, of an encrypted queue",
	"kms:GenerateDataKey": "SQS asks for it itself, of an encrypted queue",
	"sqs:GetQueueUrl":     "a tail that was cut off while it made its queue",
}

// observerKey signs what is asked by who only looks.
const observerKey = "observer"

// policies are the statements of outputs of the stack that is up.
func (g *ground) policies(name string) (operator, forwarder, observer []statement) {
	g.t.Helper()
	var outputs struct {
		Operator  string `json:"operator_policy"`
		Forwarder string `json:"forwarder_policy"`
		Observer  string `json:"observer_policy"`
	}
	check(g.t, json.Unmarshal([]byte(g.must("outputs", "--name="+name, "--json")), &outputs))
	read := func(document string) []statement {
		var policy struct{ Statement []statement }
		check(g.t, json.Unmarshal([]byte(document), &policy))
		return policy.Statement
	}
	return read(outputs.Operator), read(outputs.Forwarder), read(outputs.Observer)
}

// made are the calls that were made so far, but for those of the tests themselves: by who operates the stack, and by who only looks.
func (g *ground) made() (operating, looking []call) {
	g.t.Helper()
	text, err := os.ReadFile(g.calls)
	check(g.t, err)
	for line := range strings.Lines(string(text)) {
		var c call
		check(g.t, json.Unmarshal([]byte(line), &c))
		switch c.Key {
		case testKey:
		case observerKey:
			looking = append(looking, c)
		default:
			operating = append(operating, c)
		}
	}
	return operating, looking
}

// needsNothing reports whether a call needs no permission: AWS tells everybody who he is, and no grant can name an alias that
// stands for no key, so that to be refused there is as good as to find nothing.
func needsNothing(c call) bool {
	return c.Action == "sts:GetCallerIdentity" || c.Action == "kms:DescribeKey" && strings.Contains(c.Resource, ":alias/")
}

// holdPolicy wants every call to be permitted, by the policy or by another that the same person has, and every permission of the
// policy to be of use.
func holdPolicy(t *testing.T, made []call, policy, other []statement, excused map[string]string) {
	if len(made) < 50 {
		t.Fatalf("of the whole life %d calls are noted", len(made))
	}
	used, denied := map[string]bool{}, map[string]bool{}
	for _, c := range made {
		allows := func(s statement) bool { return s.allows(c) }
		used[c.Action] = true
		if !needsNothing(c) && !slices.ContainsFunc(policy, allows) && !slices.ContainsFunc(other, allows) {
			denied[c.Action+" on "+c.Resource] = true
		}
	}
	for _, what := range slices.Sorted(maps.Keys(denied)) {
		t.Errorf("not permitted: %s", what)
	}
	granted := map[string]bool{}
	for _, s := range policy {
		for _, action := range s.Action {
			granted[action] = true
			if !used[action] && excused[action] == "" {
				t.Errorf("permitted to no end: %s", action)
			}
		}
	}
	for action := range excused {
		if !granted[action] {
			t.Errorf("excused and not permitted: %s", action)
		}
	}
	t.Logf("%d calls of %d actions; %d actions permitted", len(made), len(used), len(granted))
}
