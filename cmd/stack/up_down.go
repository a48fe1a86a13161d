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
		Use: "up", Short: "Create the stack, or change it to match the settings",
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, err := p.apply(c.Context(), cfg)
			switch {
			case err != nil:
				return err
			case cfg.JSON:
				writeJSON(p.stdout, map[string]any{"type": "result", "outputs": outputs})
			default:
				writeNext(p.stdout, cfg, outputs)
			}
			return nil
		},
	})
}

// apply creates the stack, or changes it to match the settings.
func (p *program) apply(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	ctx, stop := p.interruptible(ctx, "up")
	defer stop()
	s, err := p.open(ctx, cfg, p.stdout)
	if err != nil {
		return nil, err
	}
	return s.Up(ctx, cfg.options)
}

func (p *program) planCommand() *cobra.Command {
	cfg := &Config{}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		Use: "plan", Short: "Show what 'stack up' would change",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := p.interruptible(c.Context(), "plan")
			defer stop()
			s, err := p.open(ctx, cfg, p.stdout)
			if err != nil {
				return err
			}
			_, err = s.Plan(ctx, cfg.options)
			return err
		},
	})
}

// writeNext prints, at the end of up, what exists now, and the commands with which Dispatch Solo on this machine then
// runs a function for each event. Their order matters: Solo accepts and drops an event without a subscription, and
// pulls an image even if it is already on the machine.
func writeNext(out io.Writer, cfg *Config, outputs stack.Outputs) {
	usual := Dispatch{Function: "my-function", DriverType: "aws", Secret: "aws"}
	_, _ = io.WriteString(out, render("up.txt", newManifestData(cfg.Name, usual, outputs)))
}

// ruleTable returns a table with a line for each rule.
func ruleTable(outputs stack.Outputs) string {
	rules, rows := outputs.Rules(), [][]string{}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rows = append(rows, []string{"rule   " + rules[key].Name, rules[key].String()})
	}
	return table(rows)
}

func (p *program) downCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return withSettings(settings.New(prefix, cfg), &cobra.Command{
		Use: "down", Short: "Remove the stack",
		Long: "down removes the stack. With --delete-objects, it also deletes the objects in its buckets.\n" + remembered,
		RunE: func(c *cobra.Command, _ []string) error { return p.destroy(c.Context(), cfg, cfg.createdWith) },
	})
}

// destroy removes the stack. If there is none, that is not an error.
func (p *program) destroy(ctx context.Context, cfg *Config, createdWith *stack.Options) error {
	ctx, stop := p.interruptible(ctx, "down")
	defer stop()
	s, err := p.open(ctx, cfg, p.stdout)
	if err != nil {
		return err
	}
	err = s.Down(ctx, stack.DownOptions{
		DeleteObjects: cfg.DeleteObjects, CreatedWith: createdWith, Region: cfg.options.Region, EventBus: cfg.EventBusName,
	})
	switch {
	case errors.Is(err, stack.ErrUnknown):
		s.Report.Note(fmt.Sprintf("There is no stack %s here: nothing to remove.", cfg.Name))
		return nil
	case err == nil:
		s.Report.Note(fmt.Sprintf("Stack %s has been removed.", cfg.Name))
	}
	return err
}

func (p *program) runCommand() *cobra.Command {
	cfg, forwarder := &Config{}, &relay.Settings{}
	return withSettings(settings.New(prefix, cfg).Add("", forwarder, "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"), &cobra.Command{
		Use:   "run",
		Short: "Create or change the stack, then forward events until Ctrl-C or SIGTERM",
		Long: `run creates or changes the stack, as 'stack up' does, and then forwards events until Ctrl-C or
SIGTERM. With --clean-up, it removes the stack at the end.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.upAndForward(c.Context(), cfg, forwarder) },
	})
}

// upAndForward does what the original driver did in one process: it creates the stack, forwards events until a signal
// and, if CLEAN_UP is set, removes the stack.
func (p *program) upAndForward(ctx context.Context, cfg *Config, forwarder *relay.Settings) error {
	if cfg.CleanUp { // check at the beginning that somebody can approve down at the end
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

// applied reports whether up got far enough to have created something. If it did not, this run must not remove what
// already existed.
func applied(err error) bool {
	var failed *stack.RunError
	return err == nil || errors.As(err, &failed) && failed.Verb == "up"
}

// forward forwards events until a signal ends it, which is its normal end.
func (p *program) forward(ctx context.Context, s *relay.Settings, outputs stack.Outputs) error {
	ctx, stop := p.interruptible(ctx, "forwarding")
	defer stop()
	s.CleanUp = false // upAndForward handles it
	s.UseStack(outputs.Text("region"), outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"))
	return relay.Run(ctx, s, relay.NewLog(s, os.Stderr))
}
