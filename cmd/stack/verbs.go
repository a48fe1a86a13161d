package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (c *command) up(ctx context.Context, args []string) error {
	var m made
	if err := settings.Load(&m, args); err != nil {
		return err
	}
	outputs, err := c.apply(ctx, &m.Config)
	if err != nil {
		return err
	}
	if m.JSON {
		writeLine(c.stdout, map[string]any{"type": "result", "outputs": outputs})
		return nil
	}
	writeNext(c.stdout, &m.Config, outputs)
	return nil
}

// apply brings the stack up.
func (c *command) apply(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	ctx, stop := c.interruptible(ctx, "up")
	defer stop()
	s, done, err := c.open(ctx, cfg, c.stdout)
	defer done()
	if err != nil {
		return nil, err
	}
	return s.Up(ctx, cfg.options)
}

func (c *command) plan(ctx context.Context, args []string) error {
	var m made
	if err := settings.Load(&m, args); err != nil {
		return err
	}
	ctx, stop := c.interruptible(ctx, "plan")
	defer stop()
	s, done, err := c.open(ctx, &m.Config, c.stdout)
	defer done()
	if err != nil {
		return err
	}
	_, err = s.Plan(ctx, m.options)
	return err
}

func (c *command) down(ctx context.Context, args []string) error {
	var k Known
	if err := settings.Load(&k, args); err != nil {
		return err
	}
	return c.destroy(ctx, &k.Config, k.what())
}

// destroy takes the stack down. That there is none is what was wanted.
func (c *command) destroy(ctx context.Context, cfg *Config, what *stack.Options) error {
	ctx, stop := c.interruptible(ctx, "down")
	defer stop()
	s, done, err := c.open(ctx, cfg, c.stdout)
	defer done()
	if err != nil {
		return err
	}
	err = s.Down(ctx, stack.DownOptions{
		DeleteObjects: cfg.DeleteObjects, Made: what, Region: cfg.options.Region, EventBus: cfg.EventBusName,
	})
	done()
	switch {
	case errors.Is(err, stack.ErrUnknown):
		s.Report.Note(fmt.Sprintf("There is no stack %s here: nothing to take down.", cfg.Name))
		return nil
	case err == nil:
		s.Report.Note(fmt.Sprintf("Stack %s is gone.", cfg.Name))
	}
	return err
}

// what are the options of a stack that another machine made, if all of them are given.
func (k *Known) what() *stack.Options {
	if !k.whole {
		return nil
	}
	return &k.options
}

func (c *command) outputs(ctx context.Context, args []string) error {
	var k Known
	if err := settings.Load(&k, args); err != nil {
		return err
	}
	outputs, err := c.read(ctx, &k.Config)
	if err != nil {
		return err
	}
	if k.JSON {
		writeLine(c.stdout, outputs)
		return nil
	}
	writeOutputs(c.stdout, outputs)
	return nil
}

// read is what the last up made known.
func (c *command) read(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	ctx, stop := c.interruptible(ctx, "outputs")
	defer stop()
	s, done, err := c.open(ctx, cfg, c.stderr)
	defer done()
	if err != nil {
		return nil, err
	}
	return s.Outputs(ctx)
}

func (c *command) status(ctx context.Context, args []string) error {
	var w Watched
	if err := settings.Load(&w, args); err != nil {
		return err
	}
	ctx, stop := c.interruptible(ctx, "status")
	defer stop()
	s, done, err := c.open(ctx, &w.Config, c.stderr)
	defer done()
	if err != nil {
		return err
	}
	status, err := s.Status(ctx, w.what())
	if err != nil {
		return err
	}
	var from *readiness
	if w.From != "" {
		from = askReadiness(ctx, w.From)
	}
	findings := diagnose(status, from)
	if w.JSON {
		writeLine(c.stdout, diagnosed{Status: status, Forwarder: from, EventTypes: eventTypes(status), Diagnosis: findings})
		return nil
	}
	writeStatus(c.stdout, status, paint(c.draws && c.colours))
	writeDiagnosis(c.stdout, status, from, findings)
	return nil
}

func (c *command) version(_ context.Context, args []string) error {
	if err := settings.Load(&struct{}{}, args); err != nil {
		return err
	}
	_, _ = fmt.Fprint(c.stdout, relay.About("stack"))
	return nil
}

// diagnosed is a status with what follows from it.
type diagnosed struct {
	stack.Status
	Forwarder  *readiness `json:"forwarder,omitempty"`
	EventTypes []string   `json:"eventTypes"`
	Diagnosis  []finding  `json:"diagnosis"`
}
