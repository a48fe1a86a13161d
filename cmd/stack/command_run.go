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
	return withSettings(settings.New(prefix, cfg).Add("", forwarder, "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"), &cobra.Command{
		Use: "run", GroupID: forwardingGroup,
		Short: "Create or change the stack, then forward events until Ctrl-C or SIGTERM",
		Long: `run creates or changes the stack, as 'stack up' does, and then forwards events until Ctrl-C or
SIGTERM. With --clean-up, it removes the stack at the end.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.upAndForward(c.Context(), cfg, forwarder) },
	})
}

// upAndForward does what the original driver did in one process: it creates the stack, forwards events until a signal
// and, if CLEAN_UP is set, removes the stack.
func (p *program) upAndForward(ctx context.Context, cfg *Config, forwarder *relay.Settings) error {
	if cfg.CleanUp && !cfg.AutoApprove && !p.asks { // nobody could approve down at the end
		return errUnattended
	}
	outputs, err := p.apply(ctx, cfg)
	p.upBegun = applied(err)
	if err == nil {
		_, _ = fmt.Fprintf(p.stdout, "Stack %s is up: forwarding from %s until Ctrl-C or SIGTERM\n",
			cfg.Name, outputs.Text("queue_url"))
		err = p.forward(ctx, forwarder, outputs)
	}
	if !cfg.CleanUp || !p.upBegun {
		return err
	}
	return errors.Join(err, p.destroy(ctx, cfg))
}

// applied reports whether up got far enough to have created something. If it did not, this run must not remove what
// already existed.
func applied(err error) bool {
	var failed *stack.RunError
	return err == nil || errors.As(err, &failed) && failed.Verb == "up"
}

// forward forwards events until a signal ends it, which is its normal end.
func (p *program) forward(ctx context.Context, s *relay.Settings, outputs stack.Outputs) error {
	ctx, stop := p.interruptible(ctx,
		"stopping; the events that the forwarder holds are first delivered, or released to the queue",
		"warning: if the command is killed now, no event is lost, but those that it holds can be received again only "+
			"after their visibility timeout, and some may arrive twice. One more signal kills it.")
	defer stop()
	s.CleanUp = false // upAndForward handles it
	s.UseStack(outputs.Text("region"), outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"))
	return relay.Run(ctx, s, relay.NewLog(s, os.Stderr))
}
