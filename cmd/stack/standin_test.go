package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// standIn is a stack for commands that only read it: queues and a rule that are created without Terraform, which would
// wait 25 seconds for each queue, and a state that names them.
type standIn struct {
	*ground
	queue, dead, undelivered string // URLs
	client                   *sqs.Client
}

func (g *ground) standIn(name string, rules map[string]map[string]any) *standIn {
	g.t.Helper()
	ctx := g.t.Context()
	s := &standIn{ground: g, client: sqs.NewFromConfig(g.config(ctx))}
	make := func(name string) string {
		made, err := s.client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
		check(g.t, err)
		return *made.QueueUrl
	}
	s.queue, s.dead, s.undelivered = make(name), make(name+"-dead-letters"), make(name+"-undelivered")
	outputs := map[string]any{
		"region":                         "us-west-2",
		"queue_url":                      s.queue,
		"dead_letter_queue_url":          s.dead,
		"delivery_dead_letter_queue_url": s.undelivered,
		"queue_arn":                      "arn:aws:sqs:us-west-2:123456789012:" + name,
		"queue_name":                     name,
		"rules":                          rules,
	}
	g.remember(name, outputs)
	return s
}

// remember writes the folder of a stack whose state contains these outputs and nothing else.
func (g *ground) remember(name string, outputs map[string]any) {
	folder := filepath.Join(g.home, "dispatch-events-aws", name)
	check(g.t, os.MkdirAll(folder, 0o700))
	state := map[string]any{
		"version":           4,
		"terraform_version": "1.9.0",
		"serial":            1,
		"lineage":           "stand-in",
		"resources":         []any{},
	}
	values := map[string]any{}
	for name, value := range outputs {
		kind := any("string")
		if name == "rules" {
			kind = []any{
				"map",
				[]any{"object", map[string]string{
					"name": "string", "arn": "string", "pattern": "string", "schedule": "string", "state": "string",
				}},
			}
		}
		values[name] = map[string]any{"value": value, "type": kind}
	}
	state["outputs"] = values
	for file, content := range map[string]any{
		"terraform.tfstate": state,
		"terraform.tfvars.json": map[string]any{
			"name":     name,
			"region":   "us-west-2",
			"schedule": "rate(1 day)",
		},
		"journal.json": map[string]any{"region": "us-west-2", "account": "123456789012", "endpoint": g.endpoint},
	} {
		text, err := json.Marshal(content)
		check(g.t, err)
		check(g.t, os.WriteFile(filepath.Join(folder, file), text, 0o600))
	}
}
