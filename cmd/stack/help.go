package main

import (
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

const conventions = `A setting is an argument, such as --queue-name=mine, or a variable, STACK_QUEUE_NAME=mine; the
argument wins. REGION, PATTERNS, SCHEDULE, BUCKET and PLUGIN_DIR are read as they are, too; messages
call every setting so: QUEUE_NAME. AWS credentials, AWS_ENDPOINT_URL and other AWS_* variables
are read by the AWS SDK and by Terraform. NO_COLOR turns colours off.
Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.`

const examples = `Examples:
  stack up --region=us-west-2 --patterns=examples/event-patterns.json
  stack status --name=mine
  stack dead-letters redrive --reason="no such field"`

// overview is what -h begins with.
func overview() string {
	var b strings.Builder
	b.WriteString("stack VERB [--setting=value …]: the AWS side of dispatch-events-aws, through Terraform\n")
	var rows [][2]string
	group := ""
	for _, v := range verbs() {
		if v.group != group {
			group = v.group
			rows = append(rows, [2]string{"\n" + group + ":"})
		}
		rows = append(rows, [2]string{"  " + v.name, v.does})
	}
	settings.Columns(&b, rows)
	b.WriteString("\n" + examples + "\n\n" + conventions + "\n")
	b.WriteString("stack VERB -h shows the settings of one verb; run and dispatch-manifest have more than these.")
	return b.String()
}

// wantsJSON tells, for an error that came before the settings were read, how the caller reads.
func wantsJSON(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return a == "--json" || a == "-json" || a == "--json=true" || a == "-json=true"
	})
}
