package stack

import (
	"context"
	"errors"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// has is an AWS that has these resources, by type and name.
type has map[string]*inventory.Found

func (h has) Find(_ context.Context, resourceType string, values map[string]any) (*inventory.Found, error) {
	name := text(values["name"]) + text(values["bucket"])
	e := h[resourceType+" "+name]
	if e == nil {
		return nil, nil
	}
	if e.ID == "broken" {
		return nil, errors.New("no answer")
	}
	found := *e
	found.Type, found.Name = resourceType, name
	return &found, nil
}

var (
	ours       = &inventory.Found{ID: "q", Tags: map[string]string{StackTag: "rec", StateTag: "s3://b/k"}}
	finished   = session{journal: &journal{}}
	unfinished = session{journal: &journal{Unfinished: "up", Failed: true}}
	afterCut   = session{journal: &journal{Unfinished: "up", cutOff: true}}
	takeOver   = session{journal: &journal{}, takeOver: true}
)

// examinations are what AWS has when a stack is to be created, and what becomes of it.
var examinations = []struct {
	name      string
	aws       has
	run       session // finished if it is not set
	adopted   string
	conflicts string // words of the first conflict
}{
	{name: "nothing there"},
	{
		name: "a queue with our tag", aws: has{"aws_sqs_queue rec": ours},
		conflicts: "the stack rec already exists (queue rec)|its state was in s3://b/k|STATE|ADOPT_STACK=true",
	},
	{
		name: "our queue after a failure", aws: has{"aws_sqs_queue rec": ours}, run: unfinished,
		adopted: "module.queue.aws_sqs_queue.this",
	},
	{
		name: "a queue that is taken over", aws: has{"aws_sqs_queue rec": ours}, run: takeOver,
		adopted: "module.queue.aws_sqs_queue.this",
	},
	{
		name: "another stack's queue", run: takeOver,
		aws:       has{"aws_sqs_queue rec": {Tags: map[string]string{StackTag: "other"}}},
		conflicts: `queue rec already exists: it belongs to the stack "other"`,
	},
	{
		name: "a queue of nobody", aws: has{"aws_sqs_queue rec": {}}, run: unfinished,
		conflicts: "does not belong to this stack",
	},
	{
		name: "a tagged queue after a cut", aws: has{"aws_sqs_queue rec": {Tags: map[string]string{"x": "y"}}}, run: afterCut,
		conflicts: "does not belong",
	},
	{
		name: "our trail", aws: has{"aws_cloudtrail rec-trail": ours}, run: unfinished,
		adopted: "module.trail[0].aws_cloudtrail.this",
	},
	{
		name: "somebody's rule", aws: has{"aws_cloudwatch_event_rule rec-ec2": {Tags: map[string]string{"x": "y"}}},
		conflicts: "choose another NAME",
	},
	{
		name: "a bucket without tags", aws: has{"aws_s3_bucket rec-pics": {ID: "b"}}, run: takeOver,
		conflicts: "ADOPT_BUCKET=true",
	},
	{
		name: "a bucket without tags after a cut", aws: has{"aws_s3_bucket rec-pics": {ID: "b"}}, run: afterCut,
		adopted: "module.bucket[0].aws_s3_bucket.this[0]",
	},
	{
		name: "a bucket elsewhere", aws: has{"aws_s3_bucket rec-pics": {Foreign: true}}, run: afterCut,
		conflicts: "belongs to another account",
	},
}

func TestExamineOfANewStack(t *testing.T) {
	for _, c := range examinations {
		t.Run(c.name, func(t *testing.T) {
			got, err := findExisting(t.Context(), recorded(t, "create.json"), c.aws.Find)
			if err != nil {
				t.Fatal(err)
			}
			r := c.run
			if r.journal == nil {
				r = finished
			}
			r.Stack, r.state = &Stack{Name: "rec"}, state{path: "/here"}
			adopted, said := "", ""
			var refused *Refusal
			switch err := r.refuse(got); {
			case errors.As(err, &refused):
				said = refused.Error() + "\n" + refused.Hint()
			case err == nil && len(got) > 0:
				adopted = got[0].address
			}
			if adopted != c.adopted || len(got) > 1 {
				t.Errorf("adopted %s of %+v", adopted, got)
			}
			if (c.conflicts == "") != (said == "") {
				t.Fatalf("conflicts %s", said)
			}
			for words := range strings.SplitSeq(c.conflicts, "|") {
				if !strings.Contains(said, words) {
					t.Errorf("%q is missing in %q", words, said)
				}
			}
		})
	}
}

func TestExamineNeedsAnswers(t *testing.T) {
	broken := has{"aws_sqs_queue rec": {ID: "broken"}}
	if _, err := findExisting(t.Context(), recorded(t, "create.json"), broken.Find); err == nil {
		t.Error("a question without an answer is no error")
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
	got, err := findExisting(t.Context(), plan, has{"aws_sqs_queue rec": ours}.Find)
	if err != nil || len(got) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	r := unfinished
	r.Stack = &Stack{Name: "rec"}
	if err := r.refuse(got); err == nil || !strings.Contains(err.Error(), "the plan gives its name to another resource") {
		t.Errorf("got %v", err)
	}
}
