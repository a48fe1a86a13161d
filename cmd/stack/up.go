package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
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

func (p *program) runCommand() *cobra.Command {
	cfg, forwarder := &Config{}, &relay.Settings{}
	return withSettings(settings.New(prefix, cfg).Add("", forwarder), &cobra.Command{
		GroupID: groupForwarding, Use: "run",
		Short: "up, then forward until Ctrl-C or SIGTERM; with --clean-up then down",
		RunE:  func(c *cobra.Command, _ []string) error { return p.upAndForward(c.Context(), cfg, forwarder) },
	})
}

// upAndForward is what the original driver was as one process: up, forward until a signal, and with CLEAN_UP down.
func (p *program) upAndForward(ctx context.Context, cfg *Config, forwarder *relay.Settings) error {
	if cfg.CleanUp { // which would ask at the end, with the stack up
		if err := p.attended(cfg.AutoApprove); err != nil {
			return err
		}
	}
	outputs, err := p.apply(ctx, cfg)
	mine := applied(err)
	if err == nil {
		_, _ = fmt.Fprintf(p.stdout, "Stack %s is up: forwarding from %s until Ctrl-C or SIGTERM\n",
			cfg.Name, outputs.Text("queue_url"))
		err = p.forward(ctx, forwarder, outputs)
	}
	if !cfg.CleanUp || !mine {
		return err
	}
	return errors.Join(err, p.destroy(ctx, cfg, &cfg.options))
}

// applied tells whether up came as far as to make something. If it did not, what is there is not this run's to clean
// up.
func applied(err error) bool {
	var failed *stack.RunError
	return err == nil || errors.As(err, &failed) && failed.Verb == "up"
}

// forward forwards until a signal ends it, which is how it is meant to end.
func (p *program) forward(ctx context.Context, s *relay.Settings, outputs stack.Outputs) error {
	ctx, stop := p.interruptible(ctx, "forwarding")
	defer stop()
	s.CleanUp = false // it is this verb's own
	s.OfStack(outputs.Text("region"), outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"))
	log, err := relay.NewLog(s, os.Stderr)
	if err != nil {
		return err
	}
	return relay.Run(ctx, s, p.stdout, log)
}
