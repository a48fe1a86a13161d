package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

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

// apply brings the stack up.
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
		GroupID: groupStack, Use: "plan", Short: "show what up would change",
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

// writeNext ends up with what there is now, and with the commands after which Dispatch Solo, on this machine, runs a
// function for each event. None of these may come before the one above it: Solo answers and drops what no subscription
// wants, and pulls an image that its engine has, too.
func writeNext(out io.Writer, cfg *Config, outputs stack.Outputs) {
	usual := Dispatch{Function: "my-function", DriverType: "aws", Secret: "aws"}
	_, _ = io.WriteString(out, render("up.txt", dispatchOf(cfg.Name, usual, outputs)))
}

// ruleTable has a line for each rule.
func ruleTable(outputs stack.Outputs) string {
	rules, rows := outputs.Rules(), [][]string{}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rows = append(rows, []string{"rule   " + rules[key].Name, rules[key].String()})
	}
	var table strings.Builder
	writeTable(&table, rows)
	return table.String()
}
