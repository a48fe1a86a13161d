package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// TestOnlyWhatIsApproved checks what must not happen without approval: the resources of an interrupted run are not
// changed before that is approved, what a person tainted is kept, events are not dropped, and the stack of another
// state is not adopted.
func TestOnlyWhatIsApproved(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	settings := []string{"--name=own", "--schedule=rate(1 day)"}
	up := g.start(append([]string{"up"}, settings...)...)
	if !up.until("queue own-dead-letters: still creating") { // it exists now, and the run will record it as tainted
		text, code := up.end(0)
		t.Fatalf("up ended too early: %d\n%s", code, text)
	}
	if text, code := up.end(syscall.SIGINT); code != exitInterrupted || !strings.Contains(text, `run "up" again`) {
		t.Fatalf("an interrupted up: %d\n%s", code, text)
	}
	t.Run("repair", func(t *testing.T) { repairWhenApproved(g.in(t), settings) })
	t.Run("taint", func(t *testing.T) { keepATaint(g.in(t), settings) })
	g.sendTo("own", `{"id":"7","source":"aws.ec2"}`)
	t.Run("drop", func(t *testing.T) { dropNothing(g.in(t), settings) })
	t.Run("take over", func(t *testing.T) { takeOver(g.in(t)) })
}

// stateOf returns the state file of a stack.
func (g *ground) stateOf(name string) []byte {
	g.t.Helper()
	text, err := os.ReadFile(g.statePath(name))
	check(g.t, err)
	return text
}

func (g *ground) statePath(name string) string {
	return filepath.Join(g.home, "dispatch-events-aws", name, "terraform.tfstate")
}

func repairWhenApproved(g *ground, settings []string) {
	before, born := g.stateOf("own"), g.born()
	if !strings.Contains(string(before), `"tainted"`) {
		g.t.Fatalf("nothing is tainted in\n%s", before)
	}
	const kept = ".dead_letter, which is tainted: a run did not finish creating it"
	out, errs, code := g.run(append([]string{"up", "--auto-approve=false"}, settings...)...)
	if code != exitUsage || !strings.Contains(out, kept) || strings.Contains(out, "±") {
		g.t.Errorf("not approved: %d\n%s%s", code, out, errs)
	}
	if out := g.must(append([]string{"plan"}, settings...)...); strings.Contains(out, "±") {
		g.t.Errorf("plan: %s", out)
	}
	if now := g.born(); fmt.Sprint(now) != fmt.Sprint(born) {
		g.t.Errorf("queues were changed before that was approved: there was %v, and is %v", born, now)
	}
	g.must(append([]string{"up"}, settings...)...)
	for url, at := range g.born() {
		if made, ok := born[url]; ok && made != at {
			g.t.Errorf("%s was deleted and created again", url)
		}
	}
	if out := g.must(append([]string{"plan"}, settings...)...); !strings.Contains(out, "No changes.") {
		g.t.Errorf("a second plan: %s", out)
	}
}

// keepATaint taints the rule as terraform taint does. Replaced under its own name, it would be deleted.
func keepATaint(g *ground, settings []string) {
	var state map[string]any
	check(g.t, json.Unmarshal(g.stateOf("own"), &state))
	for _, r := range state["resources"].([]any) {
		if r := r.(map[string]any); r["type"] == "aws_cloudwatch_event_rule" {
			r["instances"].([]any)[0].(map[string]any)["status"] = "tainted"
		}
	}
	tainted, err := json.Marshal(state)
	check(g.t, err)
	check(g.t, os.WriteFile(g.statePath("own"), tainted, 0o600))
	there := fmt.Sprint(g.left(), g.born())
	if out := g.must(append([]string{"up"}, settings...)...); strings.Contains(out, "±") {
		g.t.Errorf("up: %s", out)
	}
	if now := fmt.Sprint(g.left(), g.born()); now != there {
		g.t.Errorf("there was %s, and is %s", there, now)
	}
}

func dropNothing(g *ground, settings []string) {
	there := fmt.Sprint(g.left(), g.born())
	out, errs, code := g.run(append([]string{"up", "--queue-name=other"}, settings...)...)
	if code != exitFailed || !strings.Contains(out, "WITH about 1 waiting event") ||
		!strings.Contains(errs, "the queue own would be deleted with about 1 waiting event") {
		g.t.Errorf("up that drops an event: %d\n%s%s", code, out, errs)
	}
	if now := fmt.Sprint(g.left(), g.born()); now != there {
		g.t.Errorf("there was %s, and is %s", there, now)
	}
}

// takeOver uses the stack from a machine whose state does not contain it.
func takeOver(g *ground) {
	ctx := g.t.Context()
	_, err := eventbridge.NewFromConfig(g.config(ctx)).PutRule(ctx, &eventbridge.PutRuleInput{
		Name: aws.String("own.by-hand"), ScheduleExpression: aws.String("rate(1 day)"),
		Tags: []eventtypes.Tag{{Key: aws.String(stack.StackTag), Value: aws.String("own")}},
	})
	check(g.t, err)
	if out := g.must(
		"status",
		"--name=own",
	); !strings.Contains(
		out,
		"does not contain these rules, which have the tag of the stack: own.by-hand",
	) {
		g.t.Errorf("status: %s", out)
	}
	there, path := fmt.Sprint(g.left(), g.born()), g.statePath("own")
	g = g.elsewhere()
	settings := []string{"--name=own", `--patterns={"ec2":{"source":["aws.ec2"]}}`}
	for name, more := range map[string]string{
		"the same names": "--schedule=rate(1 day)",
		"others":         "--queue-name=elsewhere",
	} {
		_, errs, code := g.run(append([]string{"up", more}, settings...)...)
		for _, want := range []string{"the stack own already exists", path, "ADOPT_STACK=true"} {
			if code != exitFailed || !strings.Contains(errs, want) {
				g.t.Errorf("%s: %q is missing: %d\n%s", name, want, code, errs)
			}
		}
	}
	if now := fmt.Sprint(g.left(), g.born()); now != there {
		g.t.Errorf("there was %s, and is %s", there, now)
	}
	out := g.must(append([]string{"up", "--adopt-stack"}, settings...)...)
	for _, want := range []string{"=  queue", "-  rule   own.by-hand", "own.schedule", "3 to adopt", "~ tags"} {
		if !strings.Contains(out, want) {
			g.t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if out := g.must("down", "--name=own"); !strings.Contains(out, "WITH about 1 waiting event") {
		g.t.Errorf("down: %s", out)
	}
	if left := g.left(); len(left) > 0 {
		g.t.Errorf("left behind: %v", left)
	}
}
