package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// writeNext ends up with what there is now, and with the commands that use it.
func writeNext(out io.Writer, cfg *Config, outputs stack.Outputs) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	url, dead, region := outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"), outputs.Text("region")
	say("\nStack %s is up.\n  queue  %s", cfg.Name, url)
	writeRules(out, outputs.Rules())
	if dashboard := outputs.Text("dashboard_url"); dashboard != "" {
		say("  alarms to  %s\n  dashboard  %s", outputs.Text("alarm_topic_arn"), dashboard)
	}
	endpoint := ""
	if e := os.Getenv("AWS_ENDPOINT_URL"); e != "" {
		endpoint = "AWS_ENDPOINT_URL=" + e + " "
	}
	say("\nForward its events to Dispatch Solo, in this order (more, and other releases: examples/dispatch/README.md):")
	for _, line := range solo(cfg.Name, outputs) {
		say("  %s", line)
	}
	say("Or to any receiver of CloudEvents, from here:")
	say("  %sREGION=%s QUEUE_URL=%s DEAD_LETTER_QUEUE_URL=%s SINK_URL=http://localhost:8080/ bin/forwarder", endpoint, region, url, dead)
	say("Look at it with \"stack status --name=%s\", take it down with \"stack down --name=%s\".", cfg.Name, cfg.Name)
}

// solo are the commands after which Dispatch Solo, on this machine, runs a function for each event. None may come
// before the one above it: Solo answers and drops what no subscription wants, and pulls an image that its engine has,
// too.
func solo(name string, outputs stack.Outputs) []string {
	of := manifest{Function: "my-function", Image: localImage(), DriverType: "aws", DriverName: name, Secret: "aws"}
	subscriptions, open := of.subscriptions(outputs)
	lines := []string{
		"# Solo must have been started with --events-gateway HOST:8080 and a --host that containers reach; else the driver",
		"# needs --set dispatch-api-endpoint=HOST:8080, too, as in 172.17.0.1:8080",
		"make image; docker run --detach --publish 127.0.0.1:5000:5000 registry:2    # or a registry of yours",
		"docker tag " + madeImage() + " " + of.Image + "; docker push " + of.Image,
		"dispatch create secret aws aws.json    # {\"aws_access_key_id\": \"…\", \"aws_secret_access_key\": \"…\"}, with the stack's forwarder_policy",
		"dispatch create seed-images    # once for a Solo: python3 is one of them",
		"dispatch create function " + of.Function + " show.py --image python3    # yours, or the one in examples/dispatch/README.md",
	}
	for _, d := range subscriptions {
		lines = append(lines, d.command())
	}
	for _, rule := range open {
		lines = append(lines, "# and one for each further source of "+rule)
	}
	lines = append(lines, "dispatch get functions; dispatch get subscriptions    # until my-function and each of these is READY")
	for _, d := range of.driver(outputs) {
		lines = append(lines, d.command())
	}
	return append(lines, "dispatch get runs my-function --last --json    # the function's log")
}

// command makes of a document what makes the same by hand.
func (d document) command() string {
	switch d.Kind {
	case "Subscription":
		return fmt.Sprintf("dispatch create subscription %s --name %s --event-type %s", d.Function, d.Name, d.EventType)
	case "DriverType":
		return fmt.Sprintf("dispatch create eventdrivertype %s %s", d.Name, d.Image)
	}
	line := fmt.Sprintf("dispatch create eventdriver %s --name %s", d.Type, d.Name)
	for _, secret := range d.Secrets {
		line += " --secret " + secret
	}
	for _, p := range d.Config {
		line += " --set " + p.Key + "=" + p.Value
	}
	return line
}

func writeRules(out io.Writer, rules map[string]stack.Rule) {
	rows := [][]string{}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rows = append(rows, []string{"rule   " + rules[key].Name, rules[key].String()})
	}
	writeTable(out, rows)
}

// writeOutputs prints texts as they are, so that a person can copy them, and all else as JSON.
func writeOutputs(out io.Writer, outputs stack.Outputs) {
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		value := outputs.Text(name)
		if value == "" {
			var compact bytes.Buffer
			_ = json.Compact(&compact, outputs[name])
			value = compact.String()
		}
		_, _ = fmt.Fprintf(out, "%s = %s\n", name, value)
	}
}
