package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// tailing are the settings of tail.
type tailing struct {
	Watched
	Tail
}

// Tail says which events are looked at.
type Tail struct {
	_    struct{} `env:"STACK_" group:"Looking"`
	Type string   `envconfig:"STACK_TYPE" defaultdesc:"all" desc:"tail: only events of these types: aws.s3,aws.ec2"`
}

// wants tells whether events of a type are to be shown.
func (t *Tail) wants(eventType string) bool {
	return t.Type == "" || slices.Contains(validate.List(t.Type), eventType)
}

// tail shows events as they come, until a signal ends it.
func (c *command) tail(ctx context.Context, args []string) error {
	var t tailing
	if err := settings.Load(&t, args); err != nil {
		return err
	}
	ending := "ending"
	if t.From == "" {
		ending += ", and removing what this look has made"
	}
	ctx, stop := c.brieflyInterruptible(ctx, ending)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &readers{Writer: c.stdout, end: cancel}
	if t.From != "" {
		stream := &stream{url: strings.TrimRight(t.From, "/") + "/events"}
		defer stream.close()
		return c.follow(ctx, &t, out, stream.next)
	}
	return c.withTail(ctx, &t, func(ctx context.Context, look *tail.Tail) error {
		return c.follow(ctx, &t, out, queued(look))
	})
}

// withTail makes a look at the stack for as long as do lasts.
func (c *command) withTail(ctx context.Context, t *tailing, do func(context.Context, *tail.Tail) error) (err error) {
	clients, o, err := c.tailOptions(ctx, t)
	if err != nil {
		return err
	}
	c.sweep(ctx, clients, o)
	look, err := clients.Open(ctx, o)
	if err != nil {
		return err
	}
	c.say("Looking at the events of stack %s with %s of its own; on AWS these take up to a minute to begin. Ctrl-C ends it and removes them.", o.Stack, number(len(o.Rules), "rule"))
	alive, quiet := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { look.Heartbeat(alive) })
	err = do(ctx, look)
	quiet()
	background.Wait()
	if left := look.Close(ctx); left != nil {
		return errors.Join(err, &leftError{left})
	}
	return err
}

// leftError is what could not be removed.
type leftError struct{ err error }

func (e *leftError) Error() string { return "something is left: " + e.err.Error() }
func (e *leftError) Unwrap() error { return e.err }

// Hint says what removes it.
func (e *leftError) Hint() string { return "the next tail removes it, and so does down" }

func (c *command) tailOptions(ctx context.Context, t *tailing) (tail.Clients, tail.Options, error) {
	o := tail.Options{Stack: t.Name, Rules: map[string]tail.Rule{}}
	s, done, err := c.open(ctx, &t.Config, c.stderr)
	defer done()
	if err != nil {
		return tail.Clients{}, o, err
	}
	outputs, err := s.Outputs(ctx)
	if err != nil {
		return tail.Clients{}, o, err
	}
	for key, rule := range outputs.Rules() {
		o.Rules[key] = tail.Rule{Pattern: rule.Pattern, Schedule: rule.Schedule}
	}
	if o.QueueARN = outputs.Text("queue_arn"); o.QueueARN == "" || len(o.Rules) == 0 {
		return tail.Clients{}, o, fmt.Errorf("stack %s has no rules: did its last up come to its end?", t.Name)
	}
	home, err := stack.Home()
	if err != nil {
		return tail.Clients{}, o, err
	}
	o.Folder = filepath.Join(home, t.Name)
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Text("region")))
	if err != nil {
		return tail.Clients{}, o, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return tail.NewClients(cfg, outputs.Text("event_bus_name")), o, nil
}

// sweep removes what killed looks have left. That it cannot keeps nobody from looking.
func (c *command) sweep(ctx context.Context, clients tail.Clients, o tail.Options) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	swept, err := clients.Sweep(ctx, o.Stack, o.Folder)
	if len(swept) > 0 {
		c.say("Removed what a killed tail had left: %s", strings.Join(swept, ", "))
	}
	if err != nil && ctx.Err() == nil {
		c.say("warning: %v", err)
	}
}
