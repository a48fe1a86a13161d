package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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
	for _, step := range []func(context.Context) error{
		d.prepare, d.bringUp, d.arrive, d.keep, d.stopForwarding, d.takeDown, d.nothingLeft,
	} {
		if err := step(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
	return nil
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

// bringUp runs `stack up`, and relays from the moment that the rules reach the queue: what comes after that, the events need not.
func (d *demo) bringUp(ctx context.Context) error {
	d.show.chapter("stack up: patterns, a schedule, a bucket")
	group, ctx := errgroup.WithContext(ctx)
	open := make(chan struct{})
	group.Go(func() error {
		p := &progress{show: d.show, open: func() { close(open) }}
		if err := d.stack(ctx, p, "up", "--patterns", d.Patterns, "--schedule", "rate(1 minute)", "--bucket", d.bucket()); err != nil {
			return err
		}
		d.show.say("the stack is up")
		return nil
	})
	group.Go(func() error {
		if err := d.build(ctx, "./cmd/forwarder", "./examples/receiver"); err != nil {
			return err
		}
		if err := d.receive(ctx); err != nil {
			return err
		}
		select {
		case <-open:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := d.forward(); err != nil {
			return err
		}
		return d.put(ctx)
	})
	return group.Wait()
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

// receive starts the receiver: Dispatch Solo, with a token that nobody else knows.
func (d *demo) receive(ctx context.Context) (err error) {
	out, in := io.Pipe()
	ready := make(chan string, 1)
	go d.deliveries(out, ready)
	args := []string{"--addr=127.0.0.1:0", "--dialect=solo", "--json"}
	d.receiver, err = d.children.start("receiver", filepath.Join(d.folder, "receiver"), args, childEnv("TOKEN="+d.token), in)
	if err != nil {
		return err
	}
	go func() { <-d.receiver.ended; _ = in.Close() }()
	select {
	case d.page = <-ready:
		d.show.say("the receiver answers as Dispatch Solo; watch its page: %s", d.page)
		return nil
	case <-d.receiver.ended:
		return d.receiver.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deliveries shows what the receiver says, and writes it down.
func (d *demo) deliveries(out io.Reader, ready chan<- string) {
	in := bufio.NewScanner(out)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		var line delivery
		if json.Unmarshal(in.Bytes(), &line) != nil {
			continue
		}
		if line.Kind == "ready" {
			ready <- line.URL
			continue
		}
		d.show.say("%s", line.words())
		d.ledger.deliver(line)
	}
}

func (l delivery) words() string {
	if l.Kind == "rejected" {
		return fmt.Sprintf("REFUSED %d %s", l.Status, l.Reason)
	}
	return fmt.Sprintf("EVENT  %-16s %s  %s", l.Type, l.Subject, l.ID)
}

// forward starts the forwarder with the arguments and variables that Dispatch passes.
func (d *demo) forward() (err error) {
	args := []string{
		"--queue-name=" + d.Name, "--region=" + d.Region,
		"--dispatch-api-endpoint=" + strings.TrimPrefix(d.page, "http://"),
	}
	env := childEnv(append(d.local.Env(), "AUTH_TOKEN="+d.token, "ADMIN_ADDR=")...)
	d.forwarder, err = d.children.start("forwarder", filepath.Join(d.folder, "forwarder"), args, env, nil)
	if err == nil {
		d.show.say("the forwarder relays queue %s", d.Name)
	}
	return err
}

// arrive waits until everything that matches has arrived, the event that was put last included, and looks at what else has.
func (d *demo) arrive(ctx context.Context) error {
	d.show.wait("the events to arrive")
	timeout := time.NewTimer(arrivalTimeout)
	defer timeout.Stop()
	for d.ledger.missing() > 0 {
		select {
		case <-d.ledger.changed:
		case <-timeout.C:
			return fmt.Errorf("after %s: %w\n%s", arrivalTimeout, d.ledger.verdict(), d.forwarder.log.last(20))
		case <-d.forwarder.ended:
			return d.forwarder.failure()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := d.ledger.verdict(); err != nil {
		return err
	}
	d.show.say("the last event put has arrived; those that match nothing have not")
	return nil
}

// keep leaves everything up until Ctrl-C, when asked to.
func (d *demo) keep(ctx context.Context) error {
	if !d.Keep {
		return nil
	}
	d.show.chapter("All stays up until Ctrl-C. The page is %s; AWS is at", d.page)
	d.show.say("%s", "export "+strings.Join(append(d.local.Env(), "AWS_REGION="+d.Region), " "))
	d.show.say("and objects put into s3://%s/images/ become events", d.bucket())
	d.show.wait("")
	d.keeping.Store(true)
	select {
	case <-d.interrupts:
		return nil
	case <-d.forwarder.ended:
		return d.forwarder.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopForwarding ends the forwarder in order. It gives back or delivers what it holds, so dead letters stay at none.
func (d *demo) stopForwarding(ctx context.Context) error {
	d.show.wait("the forwarder to end")
	if err := d.forwarder.stop(syscall.SIGTERM, endTimeout); err != nil {
		return err
	}
	var errs []error
	for _, suffix := range []string{"-dead-letters", "-undelivered"} {
		n, err := d.aws.waiting(ctx, d.local.URL+"/123456789012/"+d.Name+suffix)
		if err == nil && n != "0+0" {
			err = fmt.Errorf("queue %s%s holds %s messages", d.Name, suffix, n)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (d *demo) takeDown(ctx context.Context) error {
	d.show.chapter("stack down: it takes everything with it")
	return d.stack(ctx, &progress{show: d.show}, "down", "--delete-objects")
}
