package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

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
