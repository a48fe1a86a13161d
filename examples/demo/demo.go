package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

// demo is one run.
type demo struct {
	Config
	show       *show
	ledger     *ledger
	aws        *account
	local      *localaws.Server
	folder     string
	token      string
	page       string
	children   children
	receiver   *child
	forwarder  *child
	keeping    atomic.Bool
	interrupts chan struct{} // ends KEEP
}

const (
	arrivalTimeout = 60 * time.Second
	endTimeout     = 30 * time.Second
)

func (d *demo) run(ctx context.Context) error {
	d.ledger, d.token = newLedger(), rand.Text()
	err := inOrder(ctx, d.prepare, d.bringUp, d.arrive, d.keep, d.stopForwarding, d.takeDown, d.nothingLeft)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// prepare starts AWS while the stack command is built. The other programs are built while the stack comes up.
func (d *demo) prepare(ctx context.Context) (err error) {
	d.show.chapter("AWS on this machine, and the programs")
	if d.folder, err = os.MkdirTemp("", "dispatch-events-aws-demo-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	d.show.wait("building the stack command; starting the local AWS")
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return d.build(ctx, "./cmd/stack") })
	both.Go(func() (err error) {
		d.local, err = localaws.Start(ctx, localaws.Options{Minute: d.Minute, Log: noted{d.show}})
		return err
	})
	if err := both.Wait(); err != nil {
		return err
	}
	d.aws = newAccount(d.local.URL, d.Region)
	d.show.say("AWS is at %s; nothing leaves this machine", d.local.URL)
	return nil
}

// noted shows what the local AWS has to say, which is what it could not deliver.
type noted struct{ *show }

func (n noted) Write(p []byte) (int, error) {
	n.say("local AWS: %s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// bringUp runs `stack up`, and relays from the moment that the rules reach the queue: what comes after that, the events
// need not.
func (d *demo) bringUp(ctx context.Context) error {
	d.show.chapter("stack up: patterns, a schedule, a bucket")
	group, ctx := errgroup.WithContext(ctx)
	begun, open := make(chan struct{}), make(chan struct{})
	group.Go(func() error {
		p := &progress{show: d.show, begun: func() { close(begun) }, open: func() { close(open) }}
		if err := d.stack(ctx, p, "up", "--patterns", d.Patterns, "--schedule", "rate(1 minute)", "--bucket", d.bucket()); err != nil {
			return err
		}
		d.show.say("the stack is up")
		return nil
	})
	group.Go(func() error {
		return inOrder(ctx,
			wait(begun), // until then Terraform needs the processors for itself
			func(ctx context.Context) error { return d.build(ctx, "./cmd/forwarder", "./examples/receiver") },
			d.receive, wait(open), d.forward, d.put)
	})
	return group.Wait()
}

// inOrder does one step after the other, up to the first that fails.
func inOrder(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func wait(until <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-until:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stack runs the stack command in an environment of its own; what it remembers goes with the demo's folder.
func (d *demo) stack(ctx context.Context, out io.Writer, verb string, args ...string) error {
	args = append([]string{verb, "--json", "--auto-approve", "--name", d.Name, "--region", d.Region}, args...)
	env := childEnv(append(d.local.Env(), "XDG_STATE_HOME="+d.folder)...)
	c, err := d.children.start("stack "+verb, filepath.Join(d.folder, "stack"), args, env, out)
	if err != nil {
		return err
	}
	select {
	case <-c.ended:
		if c.err != nil {
			return c.failure()
		}
		return nil
	case <-ctx.Done():
		d.show.wait("Terraform writes down what it has done")
		_ = c.stop(syscall.SIGINT, 2*time.Minute) // that it was interrupted is known
		return ctx.Err()
	}
}

func (d *demo) takeDown(ctx context.Context) error {
	d.show.chapter("stack down: it takes everything with it")
	return d.stack(ctx, &progress{show: d.show}, "down", "--delete-objects")
}
