package stack

import (
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestRulesOfAState(t *testing.T) {
	change := func(resourceType string, before map[string]any) *tfjson.ResourceChange {
		return &tfjson.ResourceChange{Type: resourceType, Change: &tfjson.Change{Before: before}}
	}
	rule := func(state string) *tfjson.ResourceChange {
		return change("aws_cloudwatch_event_rule", map[string]any{
			"name": "r-" + state, "state": state, "event_pattern": `{"source":["a",{"prefix":"b"}]}`,
		})
	}
	plan := &tfjson.Plan{
		ResourceChanges: []*tfjson.ResourceChange{
			rule("ENABLED"), rule("DISABLED"), change("aws_sqs_queue", map[string]any{"name": "q", "kms_master_key_id": "k"}),
			{Type: "aws_sqs_queue", Change: &tfjson.Change{After: map[string]any{"name": "to be created"}}},
		},
		OutputChanges: map[string]*tfjson.Change{"queue_url": {Before: "http://aws/1/q"}},
	}
	var status Status
	status.list(plan)
	got := status.Rules
	if len(got) != 2 || got[0].Enabled || !got[1].Enabled || len(got[0].Sources) != 1 || got[0].Sources[0] != "a" {
		t.Errorf("%+v", got)
	}
	if len(status.Resources) != 3 || status.Key != "k" {
		t.Errorf("resources %+v, the key of the queue is %q", status.Resources, status.Key)
	}
	if status.list(&tfjson.Plan{}); len(status.Rules) != 2 {
		t.Error("a plan of nothing has rules")
	}
}

func TestSourcesOfARule(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"source":["aws.ec2","aws.s3"]}`:           "aws.ec2 aws.s3 true",
		`{"source":["aws.ec2",{"prefix":"shop."}]}`: "aws.ec2 false",
		`{"account":["1"]}`:                         " false",
		``:                                          " false",
	} {
		sources, complete := Rule{Pattern: pattern}.Sources()
		if got := strings.Join(sources, " ") + map[bool]string{true: " true", false: " false"}[complete]; got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	if sources, complete := (Rule{Schedule: "rate(1 minute)"}).Sources(); !complete || sources[0] != "aws.events" {
		t.Errorf("%v %v", sources, complete)
	}
}

func TestEventBusOfARule(t *testing.T) {
	const arn = "arn:aws:events:us-west-2:123456789012:rule/"
	for path, want := range map[string]string{
		"rec.ec2": "default", "orders/rec.ec2": "orders",
		"aws.partner/example.com/shop/rec.ec2": "aws.partner/example.com/shop",
	} {
		if got := (Rule{Name: "rec.ec2", ARN: arn + path}).EventBus(); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}
