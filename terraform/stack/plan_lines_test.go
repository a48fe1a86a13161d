package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func recorded(t *testing.T, file string) *tfjson.Plan {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var plan tfjson.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	return &plan
}

func words(p Plan) string {
	var lines []string
	for _, l := range p.Lines {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %s %s: %s", l.Mark, l.Kind, l.Name, l.Detail), ": "))
	}
	return strings.Join(lines, "\n")
}

func TestSummaryOfANewStack(t *testing.T) {
	plan := recorded(t, "create.json")
	plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{
		Address: "terraform_data.renamed", Type: "terraform_data",
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionCreate}},
	})
	p := linesOf(plan)
	want := `+ rule rec-auto: {"source":["aws.autoscaling"]}, with 1 part
+ rule rec-ec2: {"detail-type":["EC2 Instance State-change Notification"],"source":["aws.ec2"]}, with 1 part
+ rule rec-object-calls: {"detail":{"errorCode":[{"exists":false}],"eventName":["CompleteMultipartUpload",` +
		`"CopyObj…, with 1 part
+ rule rec-objects: {"detail":{"bucket":{"name":["rec-pics"]},"object":{"key":[{"prefix":"images/"}]}},"detai…, ` +
		`with 1 part
+ rule rec-schedule: rate(1 minute), with 1 part
+ queue rec
+ queue rec-dead-letters
+ queue rec-undelivered
+ bucket rec-pics: with 7 parts
+ bucket rec-trail-123456789012-us-west-2: with 6 parts
+ trail rec-trail
+ key Encrypts the queue rec and its dead letters: with 1 part`
	if got := words(p); got != want {
		t.Errorf("got\n%s", got)
	}
	if p.Add != 31 || p.Change+p.Remove+p.Adopt != 0 || p.Empty() {
		t.Errorf("counts %+v", p)
	}
	for address, want := range map[string]string{
		`module.rule.aws_cloudwatch_event_target.queue["ec2"]`:           "target of rule rec-ec2",
		"module.bucket[0].aws_s3_bucket_lifecycle_configuration.this[0]": "lifecycle configuration of bucket rec-pics",
		"module.queue.aws_kms_alias.this[0]": "alias of key Encrypts the queue rec and its " +
			"dead letters",
		"module.trail[0].aws_s3_bucket_policy.log":       "policy of bucket rec-trail-123456789012-us-west-2",
		"module.trail[0].aws_s3_bucket_versioning.other": "",
		"module.rule.aws_sqs_queue.dead_letter":          "queue rec-undelivered",
	} {
		if got := p.labels[address]; got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}

func TestSummaryOfChanges(t *testing.T) {
	plan := recorded(t, "change.json")
	for _, c := range plan.ResourceChanges {
		if c.Address == "module.rule.aws_sqs_queue.dead_letter" {
			c.Change.Importing, c.Change.Actions = &tfjson.Importing{ID: "x"}, tfjson.Actions{tfjson.ActionNoop}
		}
	}
	p := linesOf(plan)
	want := `- rule demo4-auto: {"source":["aws.autoscaling"]}, with 1 part
~ rule demo4-ec2: event_pattern … → {"source":["aws.ec2"]}, ~ target
+ rule demo4-new: {"source":["aws.health"]}, with 1 part
~ rule demo4-objects: ~ target
~ queue demo4: policy, visibility_timeout_seconds 60 → 90
± queue demo4-dead-letters
= queue demo4-undelivered: already exists and belongs to this stack
~ bucket demo4-pics: ± lifecycle configuration`
	if got := words(p); got != want {
		t.Errorf("got\n%s", got)
	}
	if p.Adopt != 1 || p.Remove != 4 || p.Add != 4 || p.Change != 4 {
		t.Errorf("counts %+v", p)
	}
}

// TestSummaryOfAnAdoptedReplacement shows what an import destroys.
func TestSummaryOfAnAdoptedReplacement(t *testing.T) {
	p := linesOf(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
		Address: "aws_kms_key.this", Type: "aws_kms_key", Mode: tfjson.ManagedResourceMode,
		Change: &tfjson.Change{
			Actions: tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}, Importing: &tfjson.Importing{ID: "k"},
			Before: map[string]any{"description": "rec", "multi_region": true},
			After:  map[string]any{"description": "rec", "multi_region": false},
		},
	}}})
	const want = "= key rec: already exists and belongs to this stack, ± multi_region true → false"
	if got := words(p); got != want || p.Adopt != 1 || p.Add != 1 || p.Remove != 1 || p.steps != 2 {
		t.Errorf("got %s, %+v", got, p)
	}
}

// TestSummaryOfAnUpgrade shows what 1.0.0-rc.1 made and is no longer part of a stack.
func TestSummaryOfAnUpgrade(t *testing.T) {
	var plan tfjson.Plan
	for _, c := range []struct {
		module, kind, attribute, value string
		index                          any
		action                         tfjson.Action
	}{
		{"module.alarms[0]", "aws_cloudwatch_dashboard", "dashboard_name", "rec-us-west-2", nil, tfjson.ActionDelete},
		{"module.alarms[0]", "aws_kms_key", "description", "Encrypts the topic", nil, tfjson.ActionNoop},
		{"module.queue", "aws_kms_alias", "name", "alias/rec", 0, tfjson.ActionDelete},
		{"module.queue", "aws_kms_key", "description", "Encrypts the queue", 0, tfjson.ActionNoop},
		{"", "terraform_data", "id", "x", nil, tfjson.ActionDelete},
	} {
		plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{
			Address: c.module + "." + c.kind, ModuleAddress: c.module, Type: c.kind, Index: c.index,
			Mode:   tfjson.ManagedResourceMode,
			Change: &tfjson.Change{Actions: tfjson.Actions{c.action}, Before: map[string]any{c.attribute: c.value}},
		})
	}
	p := linesOf(&plan)
	const want = "~ key Encrypts the queue: - alias\n- dashboard rec-us-west-2"
	if got := words(p); got != want || p.Remove != 2 || p.Add+p.Change+p.Adopt != 0 {
		t.Errorf("got %s, %+v", got, p)
	}
}

// TestSummaryOfForeignTypes shows each resource that no stack has by itself, and not as a part of a queue.
func TestSummaryOfForeignTypes(t *testing.T) {
	plan := &tfjson.Plan{}
	for _, name := range []string{"aws_sqs_queue", "aws_sqs_queue_policy", "aws_db_instance", "google_sql_database"} {
		plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{
			Address: "module.queue." + name + ".this", ModuleAddress: "module.queue", Type: name,
			Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}, Before: map[string]any{"name": "jobs"}},
		})
	}
	const want = "- queue jobs: with 1 part\n- db instance module.queue.aws_db_instance.this\n" +
		"- google sql database module.queue.google_sql_database.this"
	if got := words(linesOf(plan)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestSummaryOfNothing(t *testing.T) {
	if p := linesOf(&tfjson.Plan{}); !p.Empty() {
		t.Errorf("%+v", p)
	}
}

func TestRuleOnOneLine(t *testing.T) {
	short := `{"source":["aws.ec2","aws.s3"]}`
	for want, rule := range map[string]Rule{
		short:                         {Pattern: short},
		"rate(1 minute)":              {Schedule: "rate(1 minute)"},
		strings.Repeat("ü", 89) + "…": {Pattern: strings.Repeat("ü", 200)},
		strings.Repeat("ü", 90):       {Pattern: strings.Repeat("ü", 90)},
	} {
		if got := rule.String(); got != want {
			t.Errorf("%+v: %q, want %q", rule, got, want)
		}
	}
}

func TestSummaryOfAnAdoptedBucket(t *testing.T) {
	p := linesOf(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
		Address: "module.bucket[0].aws_s3_bucket_notification.this[0]", Type: "aws_s3_bucket_notification",
		Mode:   tfjson.ManagedResourceMode,
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionCreate}, After: map[string]any{"bucket": "theirs"}},
	}}})
	if got := words(p); !strings.HasPrefix(got, "+ bucket notification theirs: deletes the ") || p.steps != 1 {
		t.Error(got)
	}
}
