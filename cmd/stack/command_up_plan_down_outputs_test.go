package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// recorded returns the outputs of a stack with every kind of rule.
func recorded(t *testing.T) stack.Outputs {
	t.Helper()
	var outputs stack.Outputs
	text, err := os.ReadFile("testdata/outputs.json")
	check(t, err)
	check(t, json.Unmarshal(text, &outputs))
	return outputs
}

// printed returns the commands for Dispatch that up prints at its end, without the comments.
func printed(t *testing.T, name string, outputs stack.Outputs) (commands []string) {
	t.Helper()
	text := nextSteps(name, outputs)
	_, after, found := strings.Cut(text, "to Dispatch Solo, run these commands in this order")
	if !found {
		t.Fatalf("nothing is said of Dispatch:\n%s", text)
	}
	_, after, _ = strings.Cut(after, "\n")
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "  ") {
			break
		}
		line, _, _ = strings.Cut(line, "#")
		for one := range strings.SplitSeq(line, ";") {
			if one = strings.TrimSpace(one); one != "" {
				commands = append(commands, one)
			}
		}
	}
	return commands
}

func TestPrintedCommandsAreInOrder(t *testing.T) {
	before := relay.Version
	defer func() { relay.Version = before }()
	relay.Version = "1.0+x" // make image writes it differently in a tag
	want := []string{
		"make image",
		"docker run --detach --publish 127.0.0.1:5000:5000 registry:2",
		"docker tag dispatch-events-aws:1.0-x localhost:5000/dispatch-events-aws:1.0-x",
		"docker push localhost:5000/dispatch-events-aws:1.0-x",
		"dispatch create secret aws aws.json",
		"dispatch create seed-images",
		"dispatch create function my-function show.py --image python3",
		"dispatch create subscription my-function --name mine-aws-autoscaling --event-type aws.autoscaling",
		"dispatch create subscription my-function --name mine-aws-ec2 --event-type aws.ec2",
		"dispatch create subscription my-function --name mine-aws-events --event-type aws.events",
		"dispatch create subscription my-function --name mine-aws-s3 --event-type aws.s3",
		"dispatch create subscription my-function --name mine-my-shop-orders --event-type my-shop-orders",
		"dispatch get functions",
		"dispatch get subscriptions",
		"dispatch create eventdrivertype aws localhost:5000/dispatch-events-aws:1.0-x",
		"dispatch create eventdriver aws --name mine --secret aws --set region=us-west-2" +
			" --set queue-url=https://sqs.us-west-2.amazonaws.com/123456789012/mine" +
			" --set dead-letter-queue-url=https://sqs.us-west-2.amazonaws.com/123456789012/mine-dead-letters" +
			" --set sink-settle=25s",
		"dispatch get runs my-function --last --json",
	}
	if got := printed(t, "mine", recorded(t)); !slices.Equal(got, want) {
		t.Errorf("printed are\n%s", strings.Join(got, "\n"))
	}
	text := nextSteps("mine", recorded(t))
	// If Solo is restarted when the driver is the next step, it loses the events that arrive within 20 s.
	gateway := strings.Index(text, "--events-gateway")
	if gateway > strings.Index(text, "dispatch create") {
		t.Errorf("how Solo must run is said too late:\n%s", text)
	}
	for _, part := range []string{
		"\n  # The pattern of a rule does not say exactly which sources it matches: " +
			`mine-any-shop: {"source":["aws.ec2",{"prefix":"shop."}]}`,
		"--events-gateway",
		"forwarder_policy",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// soloPlayed simulates a Dispatch Solo that accepts the commands that up prints, and runs the driver as Solo does, with
// the settings as arguments, and the secret and the token as variables.
type soloPlayed struct {
	t        *testing.T
	receiver *sinktest.Receiver
	address  string
	queue    *queuetest.Queue
}

// run simulates a command; it runs a driver until no event waits, so that its events arrive before the next command.
func (s *soloPlayed) run(command string) {
	s.t.Helper()
	words := strings.Fields(command)
	switch {
	case strings.HasPrefix(command, "dispatch create subscription "):
		eventType := words[slices.Index(words, "--event-type")+1]
		s.receiver.Subscriptions = append(s.receiver.Subscriptions, eventType)
	case strings.HasPrefix(command, "dispatch create eventdriver "):
		args := []string{"--dispatch-api-endpoint=" + s.address, "--admin-addr="}
		for i, word := range words {
			if word == "--set" {
				args = append(args, "--"+words[i+1])
			}
		}
		var driver relay.Settings
		check(s.t, settings.Load(&driver, args))
		ctx, stop := context.WithCancel(s.t.Context())
		ended := make(chan error, 1)
		go func() { ended <- relay.Run(ctx, &driver, zap.NewNop()) }()
		check(s.t, s.queue.Wait(s.t.Context(), queuetest.Drained))
		stop()
		check(s.t, <-ended)
	}
}

// TestPrintedOrderLosesNoEvent runs the printed commands while events wait: each event reaches a function. If the
// driver comes before its subscriptions, the same commands lose the events without any error.
func TestPrintedOrderLosesNoEvent(t *testing.T) {
	for order, lost := range map[string]int{"printed": 0, "driver first": 10} {
		t.Run(order, func(t *testing.T) {
			aws := queuetest.Start(t)
			for name, value := range map[string]string{
				"AWS_ENDPOINT_URL": aws.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AUTH_TOKEN": "T",
				"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CA_BUNDLE": "",
			} {
				t.Setenv(name, value)
			}
			queue := aws.Create("mine", queuetest.Queue{})
			dead := aws.Create("mine-dead-letters", queuetest.Queue{})
			outputs := recorded(t)
			outputs["queue_url"], outputs["dead_letter_queue_url"] = json.RawMessage(
				`"`+queue.URL+`"`,
			), json.RawMessage(
				`"`+dead.URL+`"`,
			)
			for i := range 10 {
				queue.Send(fmt.Sprintf(`{"version":"0","id":"e-%d","detail-type":"T","source":"aws.ec2","account":"1",`+
					`"time":"2026-11-22T05:30:00Z","region":"r","resources":[],"detail":{}}`, i))
			}
			receiver := &sinktest.Receiver{Dialect: sinktest.Solo, Token: "T", Subscriptions: []string{}}
			server := httptest.NewServer(receiver)
			t.Cleanup(server.Close)
			solo := &soloPlayed{t: t, receiver: receiver, address: strings.TrimPrefix(server.URL, "http://"), queue: queue}
			commands := printed(t, "mine", outputs)
			if order != "printed" {
				driver := slices.IndexFunc(
					commands,
					func(c string) bool { return strings.HasPrefix(c, "dispatch create eventdriver ") },
				)
				commands = slices.Concat(commands[driver:driver+1], commands[:driver], commands[driver+1:])
			}
			for _, command := range commands {
				solo.run(command)
			}
			if got := receiver.Counts(); got.Distinct != 10-lost || got.Rejected != lost {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestTextsHaveSubscriptionsFirst checks the order of the commands in every README.
func TestTextsHaveSubscriptionsFirst(t *testing.T) {
	for _, file := range []string{"README.md", "examples/dispatch/README.md", "examples/twitter/README.md"} {
		text, err := os.ReadFile("../../" + file)
		check(t, err)
		subscription, driver := strings.Index(
			string(text),
			"\n    dispatch create subscription ",
		), strings.Index(
			string(text),
			"\n    dispatch create eventdriver ",
		)
		if subscription < 0 || driver < subscription {
			t.Errorf("%s has the driver first", file)
		}
		if regexp.MustCompile(`(?m)^    .*dispatch apply.*subscription`).Match(text) {
			t.Errorf("%s applies subscriptions", file)
		}
	}
}

func TestNextCommands(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://local:1")
	here, err := os.Getwd()
	check(t, err)
	program := os.Args[0]
	os.Args[0] = filepath.Join(here, "bin/stack") // as make starts it
	t.Cleanup(func() { os.Args[0] = program })
	raw := func(v any) json.RawMessage { text, _ := json.Marshal(v); return text }
	outputs := stack.Outputs{
		"queue_url": raw(
			"http://q/mine",
		),
		"queue_name":            raw("mine"),
		"dead_letter_queue_url": raw("http://q/dead"),
		"region":                raw("us-west-2"),
		"alarm_topic_arn":       raw("arn:topic"),
		"rules": raw(
			map[string]stack.Rule{
				"ec2":      {Name: "mine-ec2", Pattern: `{"source":["aws.ec2"]}`},
				"odd":      {Name: "mine-odd", Pattern: `{"account":["1\nrm 2"]}`},
				"schedule": {Name: "mine-schedule", Schedule: "rate(1 minute)"},
			},
		),
	}
	text := nextSteps("mine", outputs)
	for _, want := range []string{
		"  queue  http://q/mine\n", `  rule   mine-ec2       {"source":["aws.ec2"]}` + "\n",
		"  rule   mine-schedule  rate(1 minute)\n",
		"dispatch create subscription my-function --name mine-aws-ec2 --event-type aws.ec2\n",
		"AWS_ENDPOINT_URL=http://local:1 REGION=us-west-2 QUEUE_URL=http://q/mine " +
			"DEAD_LETTER_QUEUE_URL=http://q/dead SINK_URL=http://localhost:8080/ bin/forwarder\n",
		`run "bin/stack status --name=mine"`, `run "bin/stack down --name=mine"`, "  alarm topic  arn:topic\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\nrm") {
		t.Errorf("a value of a pattern ends a comment:\n%s", text)
	}
	text = outputsText(stack.Outputs{"b": raw("text"), "a": raw(nil), "c": raw(map[string]int{"x": 1})})
	if text != "a = null\nb = text\nc = {\"x\":1}\n" {
		t.Error(text)
	}
}
