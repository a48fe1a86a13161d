package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// TestLifecycle takes one stack through everything that can happen to it: killed in the midst of up, gone on with, looked
// at from several sides, interrupted in the midst of down, gone on with, and gone.
func TestLifecycle(t *testing.T) {
	g := newGround(t)
	settings := []string{"--name=life", `--patterns={"ec2":{"source":["aws.ec2"]}}`, "--schedule=rate(1 minute)"}

	up := g.start(append([]string{"up"}, settings...)...)
	if !up.until("queue life-dead-letters: creating") {
		text, code := up.end(0)
		t.Fatalf("up ended too early: %d\n%s", code, text)
	}
	if text, _ := up.end(syscall.SIGKILL); !strings.HasPrefix(text, "This is not AWS: all goes to http://127.0.0.1:") {
		t.Errorf("the first line is not about AWS:\n%s", text)
	}
	born := g.born()
	if out := g.must(append([]string{"up"}, settings...)...); !strings.Contains(out, "exists already and is this stack's") {
		t.Error("nothing was adopted of what the killed run made")
	}
	for url, at := range g.born() {
		if before, ok := born[url]; ok && before != at {
			t.Errorf("%s was deleted and created again", url)
		}
	}
	t.Run("second plan", func(t *testing.T) { planTwice(g.in(t), settings) })
	t.Run("status", func(t *testing.T) { lookAt(g.in(t)) })
	t.Run("down", func(t *testing.T) { takeDown(g.in(t)) })
}

// planTwice runs two verbs at once: the second waits for the first, and says for whom.
func planTwice(g *ground, settings []string) {
	plan := g.start(append([]string{"plan"}, settings...)...)
	if !plan.until("comparing") {
		g.t.Fatal("plan ended too early")
	}
	out, notes, code := g.run("outputs", "--name=life", "--json")
	if !strings.Contains(notes, `waiting for "plan" of `) {
		g.t.Errorf("the second run does not say for whom it waits: %s", notes)
	}
	var outputs map[string]any
	if err := json.Unmarshal([]byte(out), &outputs); err != nil || code != exitDone || !strings.HasSuffix(outputs["queue_url"].(string), "/life") {
		g.t.Errorf("outputs %s: %v", out, err)
	}
	if text, code := plan.end(0); code != exitDone || !strings.Contains(text, "no changes") {
		g.t.Errorf("a second plan: %d\n%s", code, text)
	}
}

func lookAt(g *ground) {
	cfg, err := config.LoadDefaultConfig(g.t.Context())
	check(g.t, err)
	client := sqs.NewFromConfig(cfg)
	url, err := client.GetQueueUrl(g.t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("life")})
	check(g.t, err)
	_, err = client.SendMessage(g.t.Context(), &sqs.SendMessageInput{QueueUrl: url.QueueUrl, MessageBody: aws.String("x")})
	check(g.t, err)
	var status stack.Status
	check(g.t, json.Unmarshal([]byte(g.must("status", "--name=life", "--json")), &status))
	if len(status.Drift) > 0 || len(status.Resources) != 5 || len(status.DeadLetters) != 2 || status.Unfinished != "" {
		g.t.Errorf("status %+v", status)
	}
	if status.Queue == nil || status.Queue.Visible != 1 || status.Queue.OldestSeconds != nil {
		g.t.Errorf("queue %+v", status.Queue)
	}
}

func takeDown(g *ground) {
	down := g.start("down", "--name=life")
	if !down.until(": deleted after") {
		text, code := down.end(0)
		g.t.Fatalf("down ended too early: %d\n%s", code, text)
	}
	if text, code := down.end(syscall.SIGINT); code != exitInterrupted || !strings.Contains(text, `"down" goes on from here`) {
		g.t.Errorf("an interrupted down: %d\n%s", code, text)
	}
	if out := g.must("down", "--name=life"); !strings.Contains(out, "Stack life is gone.") {
		g.t.Errorf("down: %s", out)
	}
	if left := g.left(); len(left) > 0 {
		g.t.Errorf("left behind: %v", left)
	}
	if out := g.must("down", "--name=life"); !strings.Contains(out, "nothing to take down") {
		g.t.Errorf("down of nothing: %s", out)
	}
}
