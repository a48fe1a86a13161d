package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) outputsCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		Use: "outputs", GroupID: stackGroup, Short: "Print the URLs, ARNs and IAM policies of the stack",
		Long: "outputs prints the URLs, ARNs and IAM policies of the stack.\n" + remembered,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := p.interruptible(c.Context(), whileReading...)
			defer stop()
			outputs, err := p.open(ctx, cfg, p.stderr).Outputs(ctx)
			if err == nil {
				show(p.stdout, cfg.JSON, outputs, outputsText(outputs))
			}
			return err
		},
	})
}

// outputsText has strings as they are, so that a person can copy them, and other values as JSON.
func outputsText(outputs stack.Outputs) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		b.WriteString(name + " = ")
		if text := outputs.Text(name); text != "" {
			b.WriteString(text)
		} else {
			_ = json.Compact(&b, outputs[name])
		}
		b.WriteString("\n")
	}
	return b.String()
}
