package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) downCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		GroupID: groupStack, Use: "down", Short: "remove the stack; needs only its name",
		RunE: func(c *cobra.Command, _ []string) error { return p.destroy(c.Context(), cfg, cfg.made()) },
	})
}

// destroy takes the stack down. That there is none is what was wanted.
func (p *program) destroy(ctx context.Context, cfg *Config, what *stack.Options) error {
	ctx, stop := p.interruptible(ctx, "down")
	defer stop()
	s, err := p.open(ctx, cfg, p.stdout)
	if err != nil {
		return err
	}
	err = s.Down(ctx, stack.DownOptions{
		DeleteObjects: cfg.DeleteObjects, Made: what, Region: cfg.options.Region, EventBus: cfg.EventBusName,
	})
	switch {
	case errors.Is(err, stack.ErrUnknown):
		s.Report.Note(fmt.Sprintf("There is no stack %s here: nothing to take down.", cfg.Name))
		return nil
	case err == nil:
		s.Report.Note(fmt.Sprintf("Stack %s is gone.", cfg.Name))
	}
	return err
}
