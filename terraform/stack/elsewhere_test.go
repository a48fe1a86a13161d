package stack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	modules "github.com/dispatchframework/dispatch-events-aws/terraform"
)

// knowsRule has AWS know a rule of the stack that the plan names.
func (w *world) knowsRule() {
	w.has["DescribeRule"] = `200 {"Name":"rec-ec2","Arn":"arn:aws:events:us-west-2:123456789012:rule/rec-ec2"}`
	w.has["ListRules"] = `200 {"Rules":[{"Name":"rec-ec2","Arn":"arn:aws:events:us-west-2:123456789012:rule/rec-ec2"}]}`
	w.has["ListTagsForResource"] = `200 {"Tags":[{"Key":"` + StackTag + `","Value":"rec"},{"Key":"` + StateTag +
		`","Value":"/mnt/states/rec.tfstate"}]}`
}

// TestDownWithoutItsState has the state gone from where it was: a folder that is not mounted, a file that is lost.
func TestDownWithoutItsState(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToCreate()
	w.says("empty-state", "")
	w.knowsRule()
	err := w.stack().Down(t.Context(), Options{}, nil)
	var lives *Refusal
	if !errors.As(err, &lives) || !strings.Contains(err.Error(), "rule rec") ||
		!strings.Contains(err.Error(), "/mnt/states/rec.tfstate") {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), filepath.Join(string(w.home()), "terraform.tfstate")) {
		t.Errorf("where it was looked for is not said: %v", err)
	}
	if _, err := os.Stat(w.home().variablesPath()); err != nil {
		t.Errorf("the stack is forgotten: %v", err)
	}
	w.has["ListTagsForResource"] = strings.ReplaceAll(w.has["ListTagsForResource"], "/mnt/states/rec.tfstate",
		filepath.Join(string(w.home()), "terraform.tfstate"))
	if err := w.stack().Down(t.Context(), Options{}, nil); err == nil ||
		!strings.Contains(err.Error(), "according to its tags, its state was in "+string(w.home())) {
		t.Errorf("a state that is lost where it was: %v", err)
	}
	for _, operation := range []string{"DescribeRule", "ListRules", "ListTagsForResource"} {
		delete(w.has, operation)
	}
	w.has["GetQueueUrl"] = `200 {"QueueUrl":"http://q"}`
	w.has["ListQueueTags"] = `200 {"Tags":{"` + StackTag + `":"rec"}}`
	if err := w.stack().Down(t.Context(), Options{}, nil); err == nil || !strings.Contains(err.Error(), "queue rec") {
		t.Errorf("only its queues are left: %v", err)
	}
	delete(w.has, "GetQueueUrl")
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Errorf("AWS has nothing of it: %v", err)
	}
	if got := w.ran(); !strings.HasSuffix(got, "plan show plan") || !strings.Contains(w.with("plan"), "-destroy") {
		t.Errorf("Terraform ran %s: the last plan is not the one to destroy", got)
	}
	if _, err := os.Stat(w.home().variablesPath()); err == nil {
		t.Error("a stack that is gone is not forgotten")
	}
}

// TestDownOfAStackThatOnlyAWSKnows has this machine know nothing of it.
func TestDownOfAStackThatOnlyAWSKnows(t *testing.T) {
	w := newWorld(t)
	w.knowsRule()
	err := w.stack().Down(t.Context(), Options{Region: "us-west-2"}, nil)
	var lives *Refusal
	if !errors.As(err, &lives) || !strings.Contains(err.Error(), "rule rec-ec2") ||
		!strings.Contains(err.Error(), "/mnt/states/rec.tfstate") {
		t.Errorf("got %v", err)
	}
	w.has["ListRules"] = `400 {"__type":"AccessDeniedException","message":"no"}`
	if err := w.stack().Down(t.Context(), Options{Region: "us-west-2"}, nil); !errors.Is(err, ErrUnknown) ||
		!strings.Contains(strings.Join(w.notes, "\n"), "cannot ask AWS") {
		t.Errorf("AWS does not say: %v, %q", err, w.notes)
	}
}

// TestStateOfAnotherStackIsRefused by every command that plans: nothing of that stack is changed.
func TestStateOfAnotherStackIsRefused(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToDestroy(func(c *tfjson.ResourceChange) {
		c.Change.Before.(map[string]any)["tags"] = map[string]any{StackTag: "other"}
	})
	for verb, run := range map[string]func() error{
		"plan":   func() error { _, err := w.stack().Plan(t.Context(), valid()); return err },
		"up":     func() error { _, err := w.stack().Up(t.Context(), valid()); return err },
		"down":   func() error { return w.stack().Down(t.Context(), Options{DeleteObjects: true}, nil) },
		"status": func() error { _, err := w.stack().Status(t.Context(), nil); return err },
	} {
		var refused *Refusal
		if err := run(); !errors.As(err, &refused) || !strings.Contains(err.Error(), "belongs to the stack other") {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if got := w.ran(); strings.Contains(got, "apply") {
		t.Errorf("Terraform ran %s", got)
	}
	// One resource whose tag somebody has changed does not make it the state of another stack.
	w.plansToDestroy(func(c *tfjson.ResourceChange) {
		tags := map[string]any{StackTag: "rec"}
		if c.Type == "aws_kms_key" {
			tags[StackTag] = "other"
		}
		c.Change.Before.(map[string]any)["tags"] = tags
	})
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Error(err)
	}
}

// TestStateOfAnotherRegionIsRefused has a machine that does not know the stack run up: Terraform would find none of its
// resources, and would create it again.
func TestStateOfAnotherRegionIsRefused(t *testing.T) {
	w := newWorld(t)
	plan := recorded(t, "create.json")
	plan.OutputChanges = map[string]*tfjson.Change{"region": {Before: "eu-west-1", After: "us-west-2"}}
	w.planned("plan.json", plan)
	var refused *Refusal
	if _, err := w.stack().Up(t.Context(), valid()); !errors.As(err, &refused) ||
		!strings.Contains(err.Error(), "belongs to a stack in the region eu-west-1") {
		t.Errorf("got %v", err)
	}
}

// TestStateOfAnotherConfigurationIsRefused has STATE name the state of a Terraform configuration, which may call this
// stack's root module.
func TestStateOfAnotherConfigurationIsRefused(t *testing.T) {
	w := newWorld(t)
	w.up()
	for _, module := range []string{"", "module.events.module.queue[0]"} {
		w.plansToDestroy(func(c *tfjson.ResourceChange) {
			c.Change.Before.(map[string]any)["tags"] = map[string]any{StackTag: "rec"}
			if c.Type == "aws_cloudtrail" {
				c.ModuleAddress = module
			}
		})
		var refused *Refusal
		if err := w.stack().Down(t.Context(), Options{DeleteObjects: true}, nil); !errors.As(err, &refused) ||
			!strings.Contains(err.Error(), "belongs to another Terraform configuration: it contains module.trail") {
			t.Errorf("in the module %q: %v", module, err)
		}
	}
	calls := regexp.MustCompile(`(?m)^module "(.*)"`)
	files, err := fs.Glob(modules.Files, "*.tf")
	w.check(err)
	for _, file := range files {
		text, err := fs.ReadFile(modules.Files, file)
		w.check(err)
		for _, call := range calls.FindAllStringSubmatch(string(text), -1) {
			if !ownModules.MatchString("module." + call[1]) {
				t.Errorf("the module %s counts as another configuration's", call[1])
			}
		}
	}
}

// TestStateIsTheSameFromEveryFolder gives STATE as a relative path, and runs down from elsewhere.
func TestStateIsTheSameFromEveryFolder(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	from := t.TempDir()
	t.Chdir(from)
	s := w.stack()
	s.State = "states"
	if _, err := s.Up(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("states")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.journal().State; got != here {
		t.Errorf("%q is remembered", got)
	}
	t.Chdir(t.TempDir())
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if backend := read(t, filepath.Join(w.home().modulesPath(), "caller.tf.json")); !strings.Contains(backend,
		`"`+here+`/rec.tfstate"`) {
		t.Errorf("the state is looked for in %s", backend)
	}
	var elsewhere *Refusal
	if _, err := s.Plan(t.Context(), valid()); !errors.As(err, &elsewhere) {
		t.Errorf("a relative folder that is another one: %v", err)
	}
}

// outputsOf are those of a stack with one rule.
func outputsOf(name, region string) string {
	return `{"region":{"value":"` + region + `","type":"string","sensitive":false},"rules":{"value":{"ec2":{"name":"` +
		name + `.ec2"}},"type":["map","string"],"sensitive":false}}`
}

// TestAnotherMachineRemembersThePlace gives it, and the settings, only to the first command there, which does not
// ask for the account.
func TestAnotherMachineRemembersThePlace(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	s := w.stack()
	s.State = t.TempDir()
	put(t, filepath.Join(s.State, "rec.tfstate"), `{"version": 4}`)
	o := valid()
	var elsewhere *Refusal
	w.says("output.json", outputsOf("other", "eu-west-1"))
	if _, err := s.Outputs(t.Context(), &o); !errors.As(err, &elsewhere) ||
		!strings.Contains(err.Error(), "belongs to another stack") {
		t.Errorf("the state of another stack: %v", err)
	}
	w.says("output.json", "{}") // a STATE in which nothing is
	if _, err := s.Outputs(t.Context(), &o); err != nil || w.journal().Region != "" {
		t.Errorf("%v, and %+v is remembered", err, w.journal())
	}
	w.check(os.Remove(w.home().variablesPath()))
	w.says("output.json", outputsOf("rec", "eu-west-1"))
	if err := s.Down(t.Context(), Options{}, &o); !errors.As(err, &elsewhere) ||
		!strings.Contains(err.Error(), "in the region eu-west-1") {
		t.Errorf("the first command, in another region: %v", err)
	}
	o.Region = "eu-west-1"
	if _, err := s.Outputs(t.Context(), &o); err != nil {
		t.Fatal(err)
	}
	if got, err := w.stack().Status(t.Context(), nil); err != nil || got.Region != o.Region || got.Account == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if got := read(t, filepath.Join(w.home().modulesPath(), "caller.tf.json")); !strings.Contains(got, s.State) {
		t.Errorf("the state is looked for in %s", got)
	}
	s.Region = "us-west-2"
	if err := s.Down(t.Context(), Options{}, nil); !errors.As(err, &elsewhere) {
		t.Errorf("down in another region: %v", err)
	}
}

// knownElsewhere has no unfinished command on this machine, and the state in S3.
func knownElsewhere(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.cutOff()
	j := w.journal()
	j.State = "s3://bucket/key"
	w.check(j.end())
	return w
}

// TestDownFindsWhatAnotherMachineLeft has an up on another machine, with the same state in S3, killed before it
// recorded the queues. The rules have another state.
func TestDownFindsWhatAnotherMachineLeft(t *testing.T) {
	w := knownElsewhere(t)
	w.has["ListQueueTags"] = `200 {"Tags":{"` + StackTag + `":"rec","` + StateTag + `":"s3://bucket/key"}}`
	w.has["ListTagsForResource"] = `200 {"Tags":[{"Key":"` + StackTag + `","Value":"rec"},{"Key":"` + StateTag +
		`","Value":"s3://bucket/other"}]}`
	plan := recorded(t, "create.json")
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_cloudtrail" { // the state contains the trail
			c.Change.Actions, c.Change.Before, c.Change.After = tfjson.Actions{tfjson.ActionDelete}, c.Change.After, nil
		}
	}
	w.planned("plan.json", plan)
	if _, err := w.stack().Plan(t.Context(), valid()); err == nil || w.asked("DeleteQueue") {
		t.Errorf("plan: %v", err)
	}
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := words(w.plans[len(w.plans)-1]); !w.asked("DeleteQueue") || w.asked("DeleteRule") ||
		strings.Count(got, "and not recorded") != 3 {
		t.Errorf("the plan is\n%s", got)
	}
}

// TestDownFindsWhatAnotherMachineDidNotBeginToRecord has an up on another machine killed before it saved a state in S3.
func TestDownFindsWhatAnotherMachineDidNotBeginToRecord(t *testing.T) {
	w := knownElsewhere(t)
	w.says("empty-state", "")
	w.has["ListQueueTags"] = `200 {"Tags":{"` + StackTag + `":"rec","` + StateTag + `":"s3://bucket/key"}}`
	tags := w.has["ListTagsForResource"]
	if err := w.stack().Down(t.Context(), Options{}, nil); err == nil || w.asked("DeleteQueue") ||
		!strings.Contains(err.Error(), "the stack rec already exists (rule ") {
		t.Errorf("the rules are of another state: %v", err)
	}
	w.has["ListTagsForResource"] = strings.Replace(tags, "]", `,{"Key":"`+StateTag+`","Value":"s3://bucket/key"}]`, 1)
	if err := w.stack().Down(t.Context(), Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := words(w.plans[len(w.plans)-1]); !w.asked("DeleteQueue") || !w.asked("DeleteRule") ||
		strings.Count(got, "and not recorded") != 8 {
		t.Errorf("the plan is\n%s", got)
	}
}

// TestDownIsWhereUpWas has another region refused by both.
func TestDownIsWhereUpWas(t *testing.T) {
	w := newWorld(t)
	w.up()
	s := w.stack()
	s.Region = "eu-west-1"
	w.calls = nil
	var elsewhere *Refusal
	if err := s.Down(t.Context(), Options{}, nil); !errors.As(err, &elsewhere) ||
		!strings.Contains(err.Error(), "us-west-2") {
		t.Errorf("down: %v", err)
	}
	o := valid()
	o.Region = s.Region
	if _, err := s.Plan(t.Context(), o); !errors.As(err, &elsewhere) {
		t.Errorf("plan: %v", err)
	}
	if len(w.calls) > 0 {
		t.Errorf("a place where the stack is not was asked: %q", w.calls)
	}
	s.Region = "us-west-2"
	w.plansToDestroy()
	if err := s.Down(t.Context(), Options{}, nil); err != nil {
		t.Errorf("the same region: %v", err)
	}
}
