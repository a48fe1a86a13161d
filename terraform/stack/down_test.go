package stack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// up has a stack that was made without trouble.
func (w *world) up() {
	w.t.Helper()
	if _, err := w.stack().Up(w.t.Context(), valid()); err != nil {
		w.t.Fatal(err)
	}
	w.says("log", "")
}

// plansToDestroy has Terraform plan the end of what was recorded.
func (w *world) plansToDestroy(changes ...func(*tfjson.ResourceChange)) {
	w.t.Helper()
	plan := recorded(w.t, "create.json")
	for _, c := range plan.ResourceChanges {
		c.Change.Actions, c.Change.Before, c.Change.After = tfjson.Actions{tfjson.ActionDelete}, c.Change.After, nil
		for _, change := range changes {
			change(c)
		}
	}
	w.planned("plan.json", plan)
}

func TestDownOfNothing(t *testing.T) {
	w := newWorld(t)
	if err := w.stack().Down(t.Context(), Options{}, nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := w.stack().Outputs(t.Context(), nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("outputs: %v", err)
	}
	if _, err := w.stack().Status(t.Context(), nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("status: %v", err)
	}
	if w.ran() != "" {
		t.Errorf("Terraform ran %s", w.ran())
	}
}

func TestDownRemovesAndForgets(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToDestroy()
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.ran(); got != "plan show apply" {
		t.Errorf("Terraform ran %s", got)
	}
	for _, part := range []string{"-destroy", "-var adopt_bucket=false"} {
		if got := w.with("plan"); !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	if got := list(t, string(w.home())); got != "lock" {
		t.Errorf("left are %s", got)
	}
}

// cutOff has a stack whose last up was killed when it had made a queue and a rule with its target.
func (w *world) cutOff() {
	w.t.Helper()
	w.up()
	j := w.journal()
	if err := j.begin("up", j.place); err != nil {
		w.t.Fatal(err)
	}
	w.plansToCreate()
	w.has["GetQueueUrl"] = `200 {"QueueUrl":"http://q"}`
	w.has["ListQueueTags"] = `200 {"Tags":{"` + StackTag + `":"rec"}}`
	w.has["DescribeRule"] = `200 {"Arn":"arn:rule"}`
	w.has["ListTagsForResource"] = `200 {"Tags":[{"Key":"` + StackTag + `","Value":"rec"}]}`
	w.has["ListTargetsByRule"] = `200 {"Targets":[{"Id":"queue","Arn":"a"}]}`
	for _, operation := range []string{"DeleteQueue", "DeleteRule", "RemoveTargets"} {
		w.has[operation] = "200 {}"
	}
}

func TestDownFindsWhatNobodyRecorded(t *testing.T) {
	w := newWorld(t)
	w.cutOff()
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, operation := range []string{"RemoveTargets", "DeleteRule", "DeleteQueue"} {
		if !w.asked(operation) {
			t.Errorf("%s was not asked for", operation)
		}
	}
	if got := strings.Count(words(w.plans[len(w.plans)-1]), "created by an 'up' that did not succeed"); got != 8 {
		t.Errorf("%d lines of the plan are about it, want 5 rules, 3 queues", got)
	}
}

func TestUpWithOtherVariablesRemovesWhatNobodyRecorded(t *testing.T) {
	w := newWorld(t)
	w.cutOff()
	o := valid()
	o.Visibility++
	w.stack()
	if _, err := w.stack().Up(t.Context(), o); err == nil || !strings.Contains(err.Error(), "after four plans") {
		t.Fatalf("a Terraform that adopts nothing: %v", err)
	}
	if w.asked("DeleteQueue") {
		t.Error("what the new plan adopts was deleted")
	}
	if got := read(t, w.home().modulesPath()+"/adopt.tf"); !strings.Contains(got, `id = "default/rec-ec2"`) {
		t.Errorf("adopted are\n%s", got)
	}
}

// afterFailedUp has an up that ended with an error, and an empty state.
func afterFailedUp(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.cutOff()
	j := w.journal()
	j.cutOff = false
	w.check(j.fail())
	w.says("empty-state", "")
	return w
}

// TestDownFindsWhatAFailedUpLeft has Terraform end with an error, without the last resources in the state, or without a
// state: its provider was killed, or the state could not be saved.
func TestDownFindsWhatAFailedUpLeft(t *testing.T) {
	w := afterFailedUp(t)
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := words(w.plans[len(w.plans)-1]); !w.asked("DeleteRule") || strings.Count(got, "and not recorded") != 8 {
		t.Errorf("the plan is\n%s", got)
	}
}

// TestDownForgetsNoStackThatItCannotLookFor has an up that failed, an empty state, and AWS deny the search.
func TestDownForgetsNoStackThatItCannotLookFor(t *testing.T) {
	w := afterFailedUp(t)
	w.has["DescribeRule"] = `400 {"__type":"AccessDeniedException","message":"no"}`
	if err := w.stack().Down(t.Context(), Options{}, nil); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(w.home().variablesPath()); err != nil {
		t.Errorf("the stack is forgotten: %v", err)
	}
}

// TestUnrecordedResourcesAreFoundWithoutTheAdoptedBucket has a plan fail because it reads that bucket.
func TestUnrecordedResourcesAreFoundWithoutTheAdoptedBucket(t *testing.T) {
	w := newWorld(t)
	w.cutOff()
	w.says("log", "")
	w.says("plan.jsonl", `{"type":"diagnostic","diagnostic":{"severity":"error",`+
		`"summary":"reading S3 Bucket (theirs): couldn't find resource"}}`+"\n")
	_, err := w.stack().Plan(t.Context(), valid())
	if err == nil || w.ran() != "plan plan" || !strings.Contains(w.with("plan"), "adopt_bucket=false") {
		t.Errorf("Terraform ran %s, last %s: %v", w.ran(), w.with("plan"), err)
	}
}

// TestStateThatWasNotSaved is saved by the next run, before that run reads the state.
func TestStateThatWasNotSaved(t *testing.T) {
	w := newWorld(t)
	w.up()
	path := filepath.Join(w.home().modulesPath(), unsavedState)
	put(t, path, `{"version": 4}`)
	w.says("push-fails", "")
	var failed *RunError
	if _, err := w.stack().Plan(t.Context(), valid()); !errors.As(err, &failed) ||
		!strings.Contains(failed.Hint(), "rm "+path) || read(t, path) == "" || w.ran() != "state" {
		t.Errorf("%v, Terraform ran %s", err, w.ran())
	}
	j := w.journal()
	j.State = "s3://bucket/key"
	w.check(j.save())
	w.says("push-fails", "Error acquiring the state lock")
	if _, err := w.stack().Plan(t.Context(), valid()); !errors.As(err, &failed) ||
		!strings.HasSuffix(failed.Hint(), "aws s3 rm s3://bucket/key.tflock") {
		t.Errorf("locked: %v, %s", err, failed.Hint())
	}
	j.State = ""
	w.check(j.save())
	w.says("log", "")
	w.check(os.Remove(filepath.Join(w.dir, "push-fails")))
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Error(err)
	}
	if got := w.ran(); got != "state plan" || read(t, path) != "" ||
		!strings.HasSuffix(w.with("state"), "-lock=true -lock-timeout=1m0s "+path) {
		t.Errorf("Terraform ran %s", got)
	}
}

// TestUpKeepsWhatItAdopts has the next plan import what the run that was cut off did not record: it is not deleted.
func TestUpKeepsWhatItAdopts(t *testing.T) {
	w := newWorld(t)
	w.cutOff()
	plan := recorded(t, "create.json")
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_sqs_queue" || c.Type == "aws_cloudwatch_event_rule" {
			c.Change.Actions, c.Change.Importing = tfjson.Actions{tfjson.ActionNoop}, &tfjson.Importing{ID: "x"}
			c.Change.Before = c.Change.After
		}
	}
	w.planned("plan-imported.json", plan)
	if _, err := w.stack().Up(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if p := w.plans[len(w.plans)-1]; p.Adopt != 8 || p.Remove != 0 || w.asked("DeleteQueue") || w.asked("DeleteRule") {
		t.Errorf("deleted what it adopts:\n%s", words(p))
	}
}

// TestRenamedResourcesAreNotUnrecorded has the plan give a queue a name that a queue of the stack has already.
func TestRenamedResourcesAreNotUnrecorded(t *testing.T) {
	w := newWorld(t)
	w.cutOff()
	plan := recorded(t, "create.json")
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_sqs_queue" {
			c.Change.Actions = tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}
			c.Change.Before = map[string]any{"name": "old"}
		}
	}
	w.planned("plan.json", plan)
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := words(w.plans[len(w.plans)-1]); strings.Contains(got, "queue rec: created by an 'up' that") ||
		w.asked("DeleteQueue") {
		t.Errorf("a queue that exists is taken for unrecorded:\n%s", got)
	}
}
