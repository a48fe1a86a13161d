// Package pipeline runs everything that an event passes on this machine, without an account: the local AWS, a stack
// that the stack command creates in it, the forwarder, and a receiver that answers as Dispatch does. The demos put
// events in at one end and look at what comes out at the other.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// Pipeline is one run of a demo.
type Pipeline struct {
	Name, Region string
	Keep         bool // leave everything up until Ctrl-C, once the demo has shown what it shows
	*Console
	AWS     *AWS
	PageURL string // the receiver's page, once Up has started it
	Folder  string // for files that go with the run

	local      *localaws.Server
	receiver   *child.Process
	forwarder  *child.Process
	keeping    atomic.Bool
	interrupts chan struct{} // ends WaitForInterrupt

	mu        sync.Mutex
	processes []*child.Process
	closed    bool // no more processes may be started
}

const (
	stopTimeout      = 30 * time.Second
	terraformTimeout = 2 * time.Minute // to write down what it has done
)

// Step is a part of a demo.
type Step func(context.Context) error

// InOrder does one step after the other, up to the first that fails.
func InOrder(ctx context.Context, steps ...Step) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Start starts the local AWS, where a minute of a schedule takes as long as minute says. At the same time it builds the
// stack command and does the further steps. The other programs are built while the stack comes up.
func (p *Pipeline) Start(ctx context.Context, minute time.Duration, further ...Step) (err error) {
	p.Heading("AWS on this machine, and the programs")
	if p.Folder, err = os.MkdirTemp("", "dispatch-events-aws-demo-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	p.Print("building the stack command and starting the local AWS")
	p.Waiting("the compiler and the local AWS")
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.build(groupCtx, "./cmd/stack") })
	group.Go(func() (err error) {
		p.local, err = localaws.Start(groupCtx, localaws.Options{Minute: minute, Log: prefixed{p.Console}})
		return err
	})
	for _, step := range further {
		group.Go(func() error { return step(groupCtx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.AWS = &AWS{URL: p.local.URL, Region: p.Region}
	p.Print("AWS is at %s; nothing leaves this machine", p.AWS.URL)
	return nil
}

// prefixed shows what the local AWS reports: deliveries that failed.
type prefixed struct{ *Console }

// Write implements io.Writer.
func (w prefixed) Write(text []byte) (int, error) {
	w.Print("local AWS: %s", text)
	return len(text), nil
}

// build compiles programs of this module into the run's folder.
func (p *Pipeline) build(ctx context.Context, packages ...string) error {
	args := append([]string{"build", "-ldflags=-s -w", "-o", p.Folder + string(filepath.Separator)}, packages...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build %v: %w\n%s", packages, err, out)
	}
	return nil
}

// StackOptions say what Up creates, and what is told of the way there.
type StackOptions struct {
	Arguments  []string // of `stack up`, further ones
	Receiver   []string // arguments of the receiver, further ones
	OnDelivery func(Delivery)
	WhenOpen   Step // done when the forwarder runs and every rule reaches the queue, before Up returns; may be nil
}

// Up creates the stack. The forwarder runs from the moment that all rules reach the queue: what Terraform creates after
// that, events do not need.
func (p *Pipeline) Up(ctx context.Context, o StackOptions) error {
	group, groupCtx := errgroup.WithContext(ctx)
	begun, open := make(chan struct{}), make(chan struct{})
	steps := []Step{
		waitFor(begun), // until then Terraform needs the processors for itself
		func(ctx context.Context) error { return p.build(ctx, "./cmd/forwarder", "./examples/receiver") },
		func(ctx context.Context) error { return p.startReceiver(ctx, o) },
		waitFor(open),
		p.startForwarder,
	}
	if o.WhenOpen != nil {
		steps = append(steps, o.WhenOpen)
	}
	group.Go(func() error {
		progress := &progress{Console: p.Console, onBegin: func() { close(begun) }, onOpen: func() { close(open) }}
		if err := p.stack(groupCtx, progress, "up", o.Arguments...); err != nil {
			return err
		}
		p.Print("the stack is up")
		return nil
	})
	group.Go(func() error { return InOrder(groupCtx, steps...) })
	return group.Wait()
}

func waitFor(event <-chan struct{}) Step {
	return func(ctx context.Context) error {
		select {
		case <-event:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Down removes the stack with everything in it.
func (p *Pipeline) Down(ctx context.Context) error {
	return p.stack(ctx, &progress{Console: p.Console}, "down", "--delete-objects")
}

// stack runs the stack command in an environment of its own. Terraform's state is in the run's folder.
func (p *Pipeline) stack(ctx context.Context, out io.Writer, verb string, args ...string) error {
	args = append([]string{verb, "--json", "--auto-approve", "--name", p.Name, "--region", p.Region}, args...)
	c, err := p.Run(child.Options{
		Name:   "stack " + verb,
		Env:    environment(append(p.local.Env(), "XDG_STATE_HOME="+p.Folder)...),
		Stdout: out,
	}, filepath.Join(p.Folder, "stack"), args...)
	if err != nil {
		return err
	}
	select {
	case <-c.Ended:
		return c.Wait()
	case <-ctx.Done():
		p.Waiting("Terraform writes down what it has done")
		_ = c.Stop(syscall.SIGINT, terraformTimeout) // that it was interrupted is known
		return ctx.Err()
	}
}

// startForwarder passes the arguments and variables that Dispatch passes.
func (p *Pipeline) startForwarder(context.Context) (err error) {
	p.forwarder, err = p.Run(
		child.Options{Name: "forwarder", Env: environment(append(p.local.Env(), "AUTH_TOKEN="+token, "ADMIN_ADDR=")...)},
		filepath.Join(p.Folder, "forwarder"),
		"--queue-name="+p.Name, "--region="+p.Region, "--dead-letter-queue-url="+p.AWS.QueueURL(p.Name+"-dead-letters"),
		"--dispatch-api-endpoint="+strings.TrimPrefix(p.PageURL, "http://"))
	if err == nil {
		p.Print("the forwarder relays queue %s", p.Name)
	}
	return err
}

// Wait waits for something that takes at most so long. It fails earlier when the forwarder ends. The error has the last
// lines of the forwarder's log.
func (p *Pipeline) Wait(ctx context.Context, what <-chan struct{}, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-what:
		return nil
	case <-timer.C:
		return fmt.Errorf("not after %s; the forwarder's log:\n%s", timeout, p.forwarder.LastLines(20))
	case <-p.forwarder.Ended:
		return p.forwarder.Failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WaitForInterrupt leaves everything up until Ctrl-C, if that was asked for.
func (p *Pipeline) WaitForInterrupt(ctx context.Context, page string) error {
	if !p.Keep {
		return nil
	}
	p.Heading("All stays up until Ctrl-C")
	p.Print("the page, also to let the receiver fail: %s", page)
	p.Print("for any client of AWS: export %s", strings.Join(append(p.local.Env(), "AWS_REGION="+p.Region), " "))
	p.keeping.Store(true)
	select {
	case <-p.interrupts:
		return nil
	case <-p.forwarder.Ended:
		return p.forwarder.Failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StopForwarder ends the forwarder in order.
func (p *Pipeline) StopForwarder() error {
	p.Waiting("the forwarder to end")
	return p.forwarder.Stop(syscall.SIGTERM, stopTimeout)
}

// StopRest ends the receiver and the local AWS and fails if any process is left.
func (p *Pipeline) StopRest() error {
	p.Waiting("the receiver and the local AWS to end")
	err := p.receiver.Stop(syscall.SIGTERM, stopTimeout)
	p.local.Stop()
	for _, c := range p.processes {
		if c.IsGroupLeft() {
			err = errors.Join(err, fmt.Errorf("%s still runs", c.Name))
		}
	}
	return err
}

// Run starts a program, which ends with the run at the latest.
func (p *Pipeline) Run(o child.Options, program string, args ...string) (*child.Process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("start %s: %w", o.Name, context.Canceled)
	}
	c, err := child.Start(o, program, args...)
	if err != nil {
		return nil, fmt.Errorf("start a program: %w", err)
	}
	p.processes = append(p.processes, c)
	return c, nil
}

// Close ends what still runs, the youngest first, after success and after failure.
func (p *Pipeline) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for i := len(p.processes) - 1; i >= 0; i-- {
		_ = p.processes[i].Stop(syscall.SIGTERM, stopTimeout) // if it had failed, that is known by now
	}
	if p.local != nil {
		p.local.Stop()
	}
	if p.Folder != "" {
		_ = os.RemoveAll(p.Folder)
	}
}

// kill ends all processes at once.
func (p *Pipeline) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.processes {
		c.Kill()
	}
}

// AWSEnv is what an AWS client's environment needs to use the local AWS.
func (p *Pipeline) AWSEnv() []string { return p.local.Env() }

// environment is that of the programs that are shown. It has nothing of this shell's AWS, Terraform or settings.
func environment(more ...string) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "LANG", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PLUGIN_DIR", "TERRAFORM",
		"TF_PLUGIN_CACHE_DIR", "TF_CLI_CONFIG_FILE",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}
