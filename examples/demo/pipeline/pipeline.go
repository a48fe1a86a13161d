// Package pipeline runs, on this machine and without an account, everything that an event passes through: the local
// AWS, a stack that the stack command creates in it, the forwarder, and a receiver that answers as Dispatch does. The
// demos put events in at one end and check what comes out at the other.
package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/examples/receiver/page"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// Pipeline is one run of a demo.
type Pipeline struct {
	Name string // of the stack
	Keep bool   // leave everything running until Ctrl-C, once the demo is done

	AWS      aws.Config // for clients of the local AWS
	S3       *s3.Client
	Received chan sinktest.Record // what the receiver has accepted or refused

	out       io.Writer
	begin     time.Time
	folder    string // for Terraform's state
	local     *localaws.Server
	env       []string // with which a program uses the local AWS
	receiver  *page.Page
	forwarder *child.Process
	processes []*child.Process // in the order in which they were started
}

const (
	region           = "us-west-2"
	stopTimeout      = 30 * time.Second
	terraformTimeout = 2 * time.Minute // for Terraform to save its state when it is interrupted
)

// token is a secret that only the forwarder and the receiver have.
var token = rand.Text()

// Say prints a line, with the seconds since the start.
func (p *Pipeline) Say(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	_, _ = fmt.Fprintf(p.out, "%6.1f s  %s\n", time.Since(p.begin).Seconds(), text)
}

// Heading prints a line that begins a part.
func (p *Pipeline) Heading(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "\n"+format+"\n", args...)
}

// Start starts the local AWS, in which a minute of a schedule takes as long as the argument, and the receiver, which
// answers as Dispatch Solo. Without subscriptions, the receiver accepts every event.
func (p *Pipeline) Start(ctx context.Context, minute time.Duration, subscriptions ...string) (err error) {
	if p.folder, err = os.MkdirTemp("", "dispatch-events-aws-demo-"); err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	p.Say("starting AWS on this machine")
	if p.local, err = localaws.Start(ctx, localaws.Options{Minute: minute, Log: p.out}); err != nil {
		return err
	}
	p.AWS = aws.Config{
		Region:       region,
		BaseEndpoint: &p.local.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
	// The path names the bucket, because a host name with the bucket in it would not lead to the local AWS.
	p.S3 = s3.NewFromConfig(p.AWS, func(o *s3.Options) { o.UsePathStyle = true })
	p.env = p.local.Env()
	p.Say("AWS is at %s; nothing leaves this machine", p.local.URL)
	p.Received = make(chan sinktest.Record, 1000) // nobody takes them while Terraform runs
	p.receiver, err = page.Serve(ctx, "127.0.0.1:0", sinktest.Options{
		Dialect: sinktest.Solo, Token: token, Subscriptions: subscriptions, OnRecord: p.received,
	})
	if err == nil {
		p.Say("the receiver answers as Dispatch Solo; watch its page: %s", p.receiver.URL)
	}
	return err
}

func (p *Pipeline) received(r sinktest.Record) {
	r.Subject = page.Subject(r)
	if r.Refused {
		p.Say("REFUSED %d %s", r.Status, r.Reason)
	} else {
		p.Say("EVENT  %-16s %s  %s", r.Type, r.Subject, r.ID)
	}
	p.Received <- r
}

// Stack runs the stack command, which prints to the terminal by itself.
func (p *Pipeline) Stack(ctx context.Context, verb string, args ...string) error {
	args = append([]string{verb, "--name=" + p.Name, "--region=" + region}, args...)
	p.Say("stack %s", strings.Join(args, " "))
	options := child.Options{Name: "stack " + verb, Env: []string{"XDG_STATE_HOME=" + p.folder}, Stdout: p.out}
	stack, err := p.StartProgram(options, "stack", append(args, "--auto-approve")...)
	if err != nil {
		return err
	}
	select {
	case <-stack.Ended:
		return stack.Wait()
	case <-ctx.Done():
		_ = stack.Stop(syscall.SIGINT, terraformTimeout) // its error would only repeat the interrupt
		return ctx.Err()
	}
}

// Up creates the stack and starts the forwarder, with the arguments and variables that Dispatch passes.
func (p *Pipeline) Up(ctx context.Context, args ...string) error {
	if err := p.Stack(ctx, "up", args...); err != nil {
		return err
	}
	p.Heading("Events")
	deadLetters := p.local.URL + "/123456789012/" + p.Name + "-dead-letters"
	forwarder, err := p.StartProgram(
		child.Options{Env: []string{"AUTH_TOKEN=" + token, "ADMIN_ADDR="}}, "forwarder",
		"--queue-name="+p.Name, "--region="+region, "--dead-letter-queue-url="+deadLetters,
		"--dispatch-api-endpoint="+strings.TrimPrefix(p.receiver.URL, "http://"))
	if err != nil {
		return err
	}
	p.forwarder = forwarder
	p.Say("the forwarder relays queue %s", p.Name)
	return nil
}

// Receive passes the receiver's records to handle until isDone. It returns an error if handle does, or if the
// forwarder or the context ends.
func (p *Pipeline) Receive(
	ctx context.Context, isDone func() bool, handle func(context.Context, sinktest.Record) error,
) error {
	for !isDone() {
		select {
		case r := <-p.Received:
			if err := handle(ctx, r); err != nil {
				return err
			}
		case <-p.forwarder.Ended:
			return p.forwarder.Failure()
		case <-ctx.Done():
			return fmt.Errorf("%w; the forwarder's log:\n%s", ctx.Err(), p.forwarder.LastLines(20))
		}
	}
	return nil
}

// StartProgram starts one of this project's programs, which the Makefile builds next to the demo, or one on the PATH.
// It uses the local AWS.
func (p *Pipeline) StartProgram(o child.Options, program string, args ...string) (*child.Process, error) {
	o.Env = environment(append(o.Env, p.env...)...)
	c, err := child.Start(o, program, args...)
	if err != nil {
		return nil, fmt.Errorf("%w; \"make demo\" and \"make demo-twitter\" build what they need", err)
	}
	p.processes = append(p.processes, c)
	return c, nil
}

// Close ends all processes that still run, in the opposite order of their start. It fails if one does not end cleanly.
func (p *Pipeline) Close() (err error) {
	for _, c := range slices.Backward(p.processes) {
		if !c.HasEnded() {
			err = errors.Join(err, c.Stop(syscall.SIGTERM, stopTimeout))
		}
		if c.IsGroupRunning() {
			err = errors.Join(err, fmt.Errorf("%s still runs", c.Name))
		}
	}
	p.processes = nil
	if p.receiver != nil {
		p.receiver.Close()
	}
	if p.local != nil {
		p.local.Stop()
	}
	return errors.Join(err, os.RemoveAll(p.folder))
}

// environment returns the environment of the programs. Only the listed variables of this shell are passed on, so none
// of its AWS variables and none of its settings.
func environment(more ...string) []string {
	passed := []string{
		"PATH", "HOME", "TMPDIR", "LANG", "TERM", "NO_COLOR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PLUGIN_DIR", "TERRAFORM",
		"TF_PLUGIN_CACHE_DIR", "TF_CLI_CONFIG_FILE",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	}
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !slices.Contains(passed, name)
	})
	return append(env, more...)
}
