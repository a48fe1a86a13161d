package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) upCommand() *cobra.Command {
	cfg := &Config{}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		GroupID: groupStack, Use: "up", Short: "create the stack, or change it to what the settings say",
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, err := p.apply(c.Context(), cfg)
			if err != nil {
				return err
			}
			if cfg.JSON {
				writeJSON(p.stdout, map[string]any{"type": "result", "outputs": outputs})
				return nil
			}
			writeNext(p.stdout, cfg, outputs)
			return nil
		},
	})
}

// apply brings the stack up.
func (p *program) apply(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	ctx, stop := p.interruptible(ctx, "up")
	defer stop()
	s, done, err := p.open(ctx, cfg, p.stdout)
	defer done()
	if err != nil {
		return nil, err
	}
	return s.Up(ctx, cfg.options)
}

func (p *program) planCommand() *cobra.Command {
	cfg := &Config{}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		GroupID: groupStack, Use: "plan", Short: "show what up would change",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := p.interruptible(c.Context(), "plan")
			defer stop()
			s, done, err := p.open(ctx, cfg, p.stdout)
			defer done()
			if err != nil {
				return err
			}
			_, err = s.Plan(ctx, cfg.options)
			return err
		},
	})
}

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
	say("  %sREGION=%s QUEUE_URL=%s DEAD_LETTER_QUEUE_URL=%s SINK_URL=http://localhost:8080/ bin/forwarder",
		endpoint, region, url, dead)
	say("Look at it with \"stack status --name=%s\", take it down with \"stack down --name=%s\".", cfg.Name, cfg.Name)
}

func writeRules(out io.Writer, rules map[string]stack.Rule) {
	rows := [][]string{}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rows = append(rows, []string{"rule   " + rules[key].Name, rules[key].String()})
	}
	writeTable(out, rows)
}
