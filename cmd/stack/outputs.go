package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) outputsCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		Use: "outputs", Short: "Print the URLs, ARNs and IAM policies of the stack",
		Long: "outputs prints the URLs, ARNs and IAM policies of the stack.\n" + remembered,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := p.interruptibleRead(c.Context())
			defer stop()
			outputs, err := p.outputs(ctx, cfg)
			switch {
			case err != nil:
				return err
			case cfg.JSON:
				writeJSON(p.stdout, outputs)
			default:
				writeOutputs(p.stdout, outputs)
			}
			return nil
		},
	})
}

// writeOutputs prints strings as they are, so that a person can copy them, and other values as JSON.
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

// outputs returns the outputs that the last up stored.
func (p *program) outputs(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	s, err := p.open(ctx, cfg, p.stderr)
	if err != nil {
		return nil, err
	}
	return s.Outputs(ctx)
}
