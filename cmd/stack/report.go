package main

import (
	"context"
	"fmt"
	"io"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// open is the stack that the settings name, and a function that ends the showing of its progress. The first line of
// what is shown says in which region it is, and when this is not AWS. Verbs whose result is read by programs have their
// notes on stderr.
func (c *command) open(ctx context.Context, cfg *Config, notes io.Writer) (*stack.Stack, func(), error) {
	report, closed := c.reporter(cfg, notes)
	note := report.Note
	c.note.Store(&note)
	done := func() {
		c.note.Store(nil)
		closed()
	}
	s := &stack.Stack{
		Name: cfg.Name, Region: cfg.Region, Modules: terraform.Files, State: cfg.State,
		Program: cfg.Program, PluginDir: cfg.PluginDir,
		LockTimeout: cfg.LockTimeout, Report: report, Approve: c.approver(cfg.AutoApprove),
	}
	where := fmt.Sprintf("Region %s, from %s", cfg.options.Region, cfg.regionFrom)
	if region := s.Remembered(); cfg.remembers && region != "" {
		where = fmt.Sprintf("Region %s, where this stack is", region)
	}
	elsewhere, err := stack.NotAWS(ctx)
	if err != nil {
		return nil, done, err
	}
	if elsewhere != "" {
		where = elsewhere + ". " + where
	}
	report.Note(where)
	for _, warning := range cfg.warnings {
		report.Note("warning: " + warning)
	}
	return s, done, nil
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
