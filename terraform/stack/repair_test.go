package stack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// has is an AWS that has these resources, by type and name.
type has map[string]*existing

func (h has) find(_ context.Context, resourceType string, values map[string]any) (*existing, error) {
	name := text(values["name"]) + text(values["bucket"]) + text(values["rule"])
	e := h[resourceType+" "+name]
	if e != nil && e.id == "broken" {
		return nil, errors.New("no answer")
	}
	return e, nil
}

func TestExamineOfANewStack(t *testing.T) {
	ours := &existing{id: "q", stack: "rec", tagged: true}
	for _, c := range []struct {
		name      string
		aws       has
		cutOff    bool
		adopted   string
		conflicts string // words of the first conflict
	}{
		{name: "nothing there"},
		{name: "our queue", aws: has{"aws_sqs_queue rec": ours}, adopted: "module.queue.aws_sqs_queue.this"},
		{name: "another stack's queue", aws: has{"aws_sqs_queue rec": {stack: "other", tagged: true}}, conflicts: `queue rec exists already: it belongs to the stack "other"`},
		{name: "a queue of nobody", aws: has{"aws_sqs_queue rec": {}}, conflicts: "does not belong to this stack"},
		{name: "a tagged queue after a cut", aws: has{"aws_sqs_queue rec": {tagged: true}}, cutOff: true, conflicts: "does not belong"},
		{name: "our trail", aws: has{"aws_cloudtrail rec-trail": ours}, adopted: "module.trail[0].aws_cloudtrail.this"},
		{name: "somebody's rule", aws: has{"aws_cloudwatch_event_rule rec-ec2": {tagged: true}}, conflicts: "take another NAME"},
		{name: "a bucket without tags", aws: has{"aws_s3_bucket rec-pics": {id: "b"}}, conflicts: "ADOPT_BUCKET=true"},
		{name: "a bucket without tags after a cut", aws: has{"aws_s3_bucket rec-pics": {id: "b"}}, cutOff: true, adopted: "module.bucket[0].aws_s3_bucket.this[0]"},
		{name: "a bucket elsewhere", aws: has{"aws_s3_bucket rec-pics": {foreign: true}}, cutOff: true, conflicts: "another account's"},
		{name: "a target", aws: has{targetType + " rec-ec2": ours}},
		{name: "a target after a cut", aws: has{targetType + " rec-ec2": ours}, cutOff: true, adopted: `module.rule.aws_cloudwatch_event_target.queue["ec2"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := examine(t.Context(), recorded(t, "create.json"), c.aws, "rec", c.cutOff)
			if err != nil {
				t.Fatal(err)
			}
			adopted := ""
			for _, a := range got.adopt {
				adopted += a.address
			}
			if adopted != c.adopted || len(got.keep) > 0 {
				t.Errorf("adopted %s, kept %v", adopted, got.keep)
			}
			if (c.conflicts == "") != (len(got.conflicts) == 0) {
				t.Fatalf("conflicts %+v", got.conflicts)
			}
			if c.conflicts == "" {
				return
			}
			said := &ConflictError{Conflicts: got.conflicts}
			if !strings.Contains(said.Error()+"\n"+said.Hint(), c.conflicts) {
				t.Errorf("said %q and %q", said.Error(), said.Hint())
			}
		})
	}
}

func TestExamineNeedsAnswers(t *testing.T) {
	if _, err := examine(t.Context(), recorded(t, "create.json"), has{"aws_sqs_queue rec": {id: "broken"}}, "rec", false); err == nil {
		t.Error("a question without an answer is no error")
	}
}

func TestExamineKeepsWhatIsHalfMade(t *testing.T) {
	got, err := examine(t.Context(), recorded(t, "change.json"), has{}, "demo4", false)
	want := []string{"module.bucket[0].aws_s3_bucket_lifecycle_configuration.this[0]", "module.queue.aws_sqs_queue.dead_letter"}
	if err != nil || !slices.Equal(got.keep, want) {
		t.Errorf("kept %v, %v", got.keep, err)
	}
}

func TestExamineOfARenaming(t *testing.T) {
	plan := recorded(t, "create.json")
	for _, c := range plan.ResourceChanges {
		if c.Address == "module.queue.aws_sqs_queue.this" {
			c.Change.Actions = tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}
			c.Change.Before = map[string]any{"name": "old"}
		}
	}
	got, err := examine(t.Context(), plan, has{"aws_sqs_queue rec": {stack: "rec", tagged: true}}, "rec", false)
	if err != nil || len(got.adopt) != 0 || len(got.conflicts) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWithout(t *testing.T) {
	queue, rule := adoption{resourceType: "aws_sqs_queue", id: "a"}, adoption{resourceType: "aws_cloudwatch_event_rule", id: "a"}
	if got := without([]adoption{queue, rule}, []adoption{{resourceType: "aws_sqs_queue", id: "a", address: "elsewhere"}}); len(got) != 1 || got[0].resourceType != rule.resourceType {
		t.Errorf("got %+v", got)
	}
}
