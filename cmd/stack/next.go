package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/dispatchframework/dispatch-events-aws/cmd/relay"
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
	say("\nForward its events to Dispatch (aws.json holds aws_access_key_id and aws_secret_access_key; the image is made by make image):")
	say("  dispatch create secret aws aws.json")
	say("  dispatch create eventdrivertype aws dispatch-events-aws:%s", relay.Version)
	say("  dispatch create eventdriver aws --secret aws --set region=%s --set queue-name=%s --set dead-letter-queue-url=%s",
		region, outputs.Text("queue_name"), dead)
	say("or in one file, with the subscriptions: stack dispatch-manifest --name=%s", cfg.Name)
	say("or to any receiver of CloudEvents, from here:")
	say("  %sREGION=%s QUEUE_URL=%s DEAD_LETTER_QUEUE_URL=%s SINK_URL=http://localhost:8080/ bin/forwarder", endpoint, region, url, dead)
	say("Look at it with \"stack status --name=%s\", take it down with \"stack down --name=%s\".", cfg.Name, cfg.Name)
}

func writeRules(out io.Writer, rules map[string]stack.Rule) {
	rows := [][]string{}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rows = append(rows, []string{"rule   " + rules[key].Name, rules[key].Words()})
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
