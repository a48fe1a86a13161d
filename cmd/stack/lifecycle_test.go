package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestLifecycle takes one stack through everything that can happen to it: up is killed and run again, the stack is used
// and inspected, and down is interrupted and run again.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	settings := []string{
		"--name=life", `--patterns={"ec2":{"source":["aws.ec2"]}}`, "--schedule=rate(1 day)", "--kms-key=create",
		"--bucket=life-pictures", "--object-events=both", "--grantees=123456789012", "--delete-objects",
		"--alarms", "--alarm-endpoints=ops@receiver.example",
	}

	up := g.start(append([]string{"up"}, settings...)...)
	if !up.until("queue life-dead-letters: creating") {
		text, code := up.end(0)
		t.Fatalf("up ended too early: %d\n%s", code, text)
	}
	if text, _ := up.end(syscall.SIGKILL); !strings.HasPrefix(text, "This is not AWS: all requests go to http://127.0.") {
		t.Errorf("the first line is not about AWS:\n%s", text)
	}
	born := g.born()
	text := g.must(append([]string{"up"}, settings...)...)
	if !strings.Contains(text, "already exists and belongs to this stack") {
		t.Errorf("nothing was adopted of what the killed run made:\n%s", text)
	}
	for url, at := range g.born() {
		if before, ok := born[url]; ok && before != at {
			t.Errorf("%s was deleted and created again", url)
		}
	}
	t.Run("forward", func(t *testing.T) { forward(g.in(t), text) })
	t.Run("second plan", func(t *testing.T) { planTwice(g.in(t), settings) })
	t.Run("status", func(t *testing.T) { lookAt(g.in(t)) })
	policies := g.policies("life")
	t.Run("looking", func(t *testing.T) { onlyLook(g.in(t)) })
	t.Run("down", func(t *testing.T) { takeDown(g.in(t)) })
	made := g.made()
	for name, others := range map[string][]string{
		"operator_policy":     {"key_maker_policy", "forwarder_policy"},
		"observer_policy":     nil,
		"tail_policy":         nil,
		"dead_letters_policy": nil,
	} {
		t.Run(name, func(t *testing.T) { holdPolicy(t, name, made[name], policies, others...) })
	}
}

// onlyLook runs status, tail and all actions of dead-letters, each with the name of its policy as the access key. The
// last tail is killed, so that down has to remove its resources.
func onlyLook(g *ground) {
	for _, to := range []string{"life-dead-letters", "life-undelivered", "life-dead-letters"} {
		g.sendTo(to, `{"id":"7","source":"aws.ec2","detail-type":"T","detail":{}}`)
	}
	g.as("observer_policy").must("status", "--name=life", "--json")
	tail := g.as("tail_policy").start("tail", "--name=life")
	if !tail.until("Watching the events") {
		text, code := tail.end(0)
		g.t.Fatalf("tail: %d\n%s", code, text)
	}
	g.put("life-pictures", "images/cat.jpg")
	if !tail.until("images/cat.jpg  us-west-2") {
		g.t.Error("the object's event is not shown")
	}
	tail.end(syscall.SIGKILL)
	reader := g.as("dead_letters_policy")
	if out := reader.must("dead-letters", "--name=life"); !strings.Contains(out, "4 dead letters listed.") {
		g.t.Errorf("list: %s", out)
	}
	if out := reader.must(
		"dead-letters",
		"redrive",
		"--name=life",
		"7",
	); !strings.HasPrefix(
		out,
		"3 dead letters went back through life; about 1 left.",
	) {
		g.t.Errorf("redrive: %s", out)
	}
	reader.must("dead-letters", "purge", "--name=life")
	g.silent("life")
	tail = g.as("tail_policy").start("tail", "--name=life")
	if !tail.until("Removed the resources of a tail command") || !tail.until("Watching the events") {
		g.t.Error("the rules of a killed tail command are not removed by the next")
	}
	tail.end(syscall.SIGKILL)
}

// forward runs the command that up has printed for a forwarder: an event in the queue arrives at the receiver, and
// after SIGTERM the exit code is 0.
func forward(g *ground, printed string) {
	g.t.Helper()
	arrived := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- string(body)
	}))
	defer receiver.Close()
	line := regexp.MustCompile(`(?m)^  (AWS_ENDPOINT_URL=.* QUEUE_URL=.* )SINK_URL=\S+ \S+forwarder$`)
	command := line.FindStringSubmatch(printed)
	if command == nil {
		g.t.Fatalf("no command for a forwarder is printed:\n%s", printed)
	}
	there := *g
	there.env = slices.Concat(g.env, strings.Fields(command[1]),
		[]string{"SINK_URL=" + receiver.URL, "DURATION=1", "ADMIN_ADDR=", asCommand + "=forwarder"})
	g.send(`{"id":"7","source":"aws.ec2"}`)
	forwarder := there.start()
	select {
	case body := <-arrived:
		if !strings.Contains(body, `"aws.ec2"`) {
			g.t.Errorf("arrived %s", body)
		}
	case <-forwarder.done:
	}
	if text, code := forwarder.end(syscall.SIGTERM); code != exitDone {
		g.t.Errorf("forwarder: %d\n%s", code, text)
	}
}

// planTwice runs two commands at the same time: the second waits for the first, and says for whom it waits.
func planTwice(g *ground, settings []string) {
	plan := g.start(append([]string{"plan"}, settings...)...)
	if !plan.until("comparing") {
		g.t.Fatal("plan ended too early")
	}
	out, notes, code := g.run("outputs", "--name=life", "--json")
	if !strings.Contains(notes, `for "plan" (process `) {
		g.t.Errorf("the second run does not say for whom it waits: %s", notes)
	}
	var outputs map[string]any
	if err := json.Unmarshal(
		[]byte(out),
		&outputs,
	); err != nil || code != exitDone ||
		!strings.HasSuffix(outputs["queue_url"].(string), "/life") {
		g.t.Errorf("outputs %s: %v", out, err)
	}
	if text, code := plan.end(0); code != exitDone || !strings.Contains(text, "No changes.") {
		g.t.Errorf("a second plan: %d\n%s", code, text)
	}
}

func lookAt(g *ground) {
	g.send("x")
	g.sendTo("life-dead-letters", "y")
	var status diagnosed
	check(g.t, json.Unmarshal([]byte(g.must("status", "--name=life", "--json")), &status))
	if len(status.Drift) > 0 || len(status.Resources) != 18 || len(status.DeadLetters) != 2 ||
		len(status.DeadLetters[0].Causes) != 1 ||
		status.Unfinished != "" {
		g.t.Errorf("status %+v", status)
	}
	if status.Queue == nil || status.Queue.Visible+status.Queue.InFlight != 1 || status.Queue.OldestSeconds != nil {
		g.t.Errorf("queue %+v", status.Queue)
	}
}

// takeDown interrupts down while it removes the stack, and runs it again.
func takeDown(g *ground) {
	g.put("life-pictures", "elsewhere/kept")
	down := g.start("down", "--name=life", "--delete-objects")
	if !down.until(": deleted after") {
		text, code := down.end(0)
		g.t.Fatalf("nothing was deleted: %d\n%s", code, text)
	}
	if text, code := down.end(
		syscall.SIGINT,
	); code != exitInterrupted ||
		!strings.Contains(text, `run "down" again to continue`) {
		g.t.Errorf("an interrupted down: %d\n%s", code, text)
	}
	if out := g.must("down", "--name=life", "--delete-objects"); !strings.Contains(out, "Stack life has been removed.") {
		g.t.Errorf("down: %s", out)
	}
	if left := g.left(); len(left) > 0 {
		g.t.Errorf("left behind: %v", left)
	}
	if out := g.must("down", "--name=life"); !strings.Contains(out, "nothing to remove") {
		g.t.Errorf("down of nothing: %s", out)
	}
}
