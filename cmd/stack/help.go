package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

const conventions = `A setting is an argument or a variable; the argument wins. AWS credentials, AWS_ENDPOINT_URL and other AWS_* variables are read
by the AWS SDK and by Terraform. NO_COLOR turns colours off. Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.`

// overview is what -h begins with.
func overview() string {
	var b strings.Builder
	b.WriteString("stack VERB [--setting=value …]: the AWS side of dispatch-events-aws, through Terraform\n\n")
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, v := range verbs() {
		_, _ = fmt.Fprintf(t, "  %s\t%s\n", v.name, v.does)
	}
	_ = t.Flush()
	return b.String() + "\n" + conventions
}

// wantsJSON tells, for an error that came before the settings were read, how the caller reads.
func wantsJSON(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return a == "--json" || a == "-json" || a == "--json=true" || a == "-json=true"
	})
}
