package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// forward is what the original driver was as one process: up, forward until a signal, and with CLEAN_UP down.
func (c *command) forward(ctx context.Context, args []string) error {
	var b both
	if err := settings.Load(&b, args); err != nil {
		return err
	}
	if b.CleanUp { // which would ask at the end, with the stack up
		if err := c.attended(b.AutoApprove); err != nil {
			return err
		}
	}
	outputs, err := c.apply(ctx, &b.Config)
	mine := applied(err)
	if err == nil {
		_, _ = fmt.Fprintf(c.stdout, "Stack %s is up: forwarding from %s until Ctrl-C or SIGTERM\n", b.Name, outputs.Text("queue_url"))
		err = c.relay(ctx, &b, outputs)
	}
	if !b.CleanUp || !mine {
		return err
	}
	return errors.Join(err, c.destroy(ctx, &b.Config, &b.options))
}

// applied tells whether up came as far as to make something. If it did not, what is there is not this run's to clean
// up.
func applied(err error) bool {
	var failed *stack.RunError
	return err == nil || errors.As(err, &failed) && failed.Verb == "up"
}

// relay forwards until a signal ends it, which is how it is meant to end.
func (c *command) relay(ctx context.Context, b *both, outputs stack.Outputs) error {
	ctx, stop := c.interruptible(ctx, "forwarding")
	defer stop()
	s := &b.Settings
	s.CleanUp = false // it is this verb's own
	s.OfStack(outputs.Text("region"), outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"))
	log, err := relay.NewLog(s, os.Stderr)
	if err != nil {
		return err
	}
	return relay.Run(ctx, s, c.stdout, log)
}
