package main

import (
	"context"
	"io"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// open is the stack that the settings name, and a function that ends the showing of its progress. The first line of what
// is shown says so when this is not AWS. Verbs whose result is read by programs have their notes on stderr.
func (c *command) open(ctx context.Context, cfg *Config, notes io.Writer) (*stack.Stack, func(), error) {
	report, closed := c.reporter(cfg, notes)
	note := report.Note
	c.note.Store(&note)
	done := func() {
		c.note.Store(nil)
		closed()
	}
	elsewhere, err := stack.NotAWS(ctx)
	if err != nil {
		return nil, done, err
	}
	if elsewhere != "" {
		report.Note(elsewhere)
	}
	for _, warning := range cfg.warnings {
		report.Note("warning: " + warning)
	}
	return &stack.Stack{
		Name: cfg.Name, Modules: terraform.Files, State: cfg.State, PluginDir: cfg.PluginDir,
		LockTimeout: cfg.LockTimeout, Report: report, Approve: c.approver(cfg.AutoApprove),
	}, done, nil
}

func (c *command) reporter(cfg *Config, notes io.Writer) (stack.Reporter, func()) {
	nothing := func() {}
	switch {
	case notes != c.stdout:
		return plain{out: notes}, nothing
	case cfg.JSON:
		return jsonLines{out: notes}, nothing
	case c.draws:
		b := newBars(notes, paint(c.colours))
		return b, b.close
	}
	return plain{out: notes}, nothing
}
