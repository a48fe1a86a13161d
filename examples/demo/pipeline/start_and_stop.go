// Package pipeline runs, on this machine and without an account, everything that an event passes through: the local
// AWS, a stack that the stack command creates in it, the forwarder, and a receiver that answers as Dispatch does. The
// demos put events in at one end and check what comes out at the other.
package pipeline

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
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

// Handler does what a demo does with an event that has arrived.
type Handler func(context.Context, sinktest.Record) error

// take fails if the receiver has refused a request: no event has arrived then.
func (h Handler) take(ctx context.Context, r sinktest.Record) error {
	if r.Refused {
		return fmt.Errorf("the receiver refused a request: %d %s", r.Status, r.Reason)
	}
	return h(ctx, r)
}

// Pipeline is one run of a demo.
type Pipeline struct {
	Name   string // of the stack
	Bucket string // of the stack
	Keep   bool   // leave everything running until Ctrl-C, once the demo is done

	Env []string   // for programs that use the local AWS
	AWS aws.Config // for clients of the local AWS
	S3  *s3.Client

	out       io.Writer
	begin     time.Time
	folder    string // for Terraform's state
	records   chan sinktest.Record
	receiver  *page.Page
	forwarder *child.Process
	processes []*child.Process // in the order in which they were started
}

const (
	region      = "us-west-2"
	token       = "of the demo"   // which the receiver expects of the forwarder
	minute      = "5"             // seconds between scheduled events, because nobody wants to wait for a minute
	stopTimeout = 2 * time.Minute // Terraform may have to save its state
)

// Main runs a demo as a program and ends the process. The stack gets the name.
func Main(name string, demo func(context.Context, *Pipeline) error) {
	p := &Pipeline{Name: name, Bucket: name + "-pictures", out: os.Stdout, begin: time.Now()}
	flag.BoolVar(&p.Keep, "keep", false, "leave everything running until Ctrl-C")
	flag.Parse()
	os.Exit(p.run(demo))
}

// run runs a demo, ends all processes, and returns the exit code.
func (p *Pipeline) run(demo func(context.Context, *Pipeline) error) int {
	var err error
	if p.folder, err = os.MkdirTemp("", "dispatch-events-aws-demo-"); err == nil {
		err = errors.Join(demo(untilInterrupt(), p), p.Close())
	}
	switch {
	case errors.Is(err, context.Canceled):
		p.Say("Interrupted: all processes have ended.")
		return 130
	case err != nil:
		p.Say("FAILED: %s", err)
		return 1
	}
	return 0
}

// untilInterrupt returns a context that Ctrl-C ends. The Ctrl-C after that ends this process at once.
func untilInterrupt() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Say prints a line, with the seconds since the start.
func (p *Pipeline) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "%6.1f s  %s\n", time.Since(p.begin).Seconds(), fmt.Sprintf(format, args...))
}

// Heading prints a line that begins a part.
func (p *Pipeline) Heading(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "\n"+format+"\n", args...)
}

// Up starts everything: the local AWS, a receiver that answers as Dispatch Solo, the stack, and the forwarder, with the
// arguments and variables that Dispatch passes.
func (p *Pipeline) Up(ctx context.Context, stackArgs ...string) (err error) {
	p.Heading("AWS on this machine, and a receiver")
	url, err := p.StartScript(ctx, "LOCAL_AWS_URL=", "examples/demo/localaws/local_aws.py", "--minute="+minute)
	if err != nil {
		return err
	}
	p.Env = append(localaws.Env(url), "AWS_REGION="+region)
	p.AWS = aws.Config{
		Region:       region,
		BaseEndpoint: &url,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
	// The path names the bucket, because a host name with the bucket in it would not lead to the local AWS.
	p.S3 = s3.NewFromConfig(p.AWS, func(o *s3.Options) { o.UsePathStyle = true })
	p.Say("AWS is at %s; nothing leaves this machine", url)
	p.records = make(chan sinktest.Record, 1000) // more than arrive while a demo puts events
	p.receiver, err = page.Serve(ctx, "127.0.0.1:0", &sinktest.Receiver{
		Dialect: sinktest.Solo, Token: token, OnRecord: p.received,
	})
	if err != nil {
		return err
	}
	p.Say("the receiver answers as Dispatch Solo; watch its page: %s", p.receiver.URL)

	if err := p.Stack(ctx, "up", append(stackArgs, "--bucket="+p.Bucket)...); err != nil {
		return err
	}

	p.Heading("Events")
	p.forwarder, err = p.start(
		child.Options{Env: []string{"AUTH_TOKEN=" + token, "ADMIN_ADDR="}}, "bin/forwarder",
		"--queue-name="+p.Name, "--region="+region,
		"--dead-letter-queue-url="+url+"/123456789012/"+p.Name+"-dead-letters",
		"--dispatch-api-endpoint="+strings.TrimPrefix(p.receiver.URL, "http://"))
	if err == nil {
		p.Say("the forwarder relays queue %s", p.Name)
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
	if !r.Refused || !p.Keep { // with -keep, a person may make the receiver fail
		p.records <- r
	}
}

// Stack runs the stack command, which prints to the terminal by itself.
func (p *Pipeline) Stack(ctx context.Context, verb string, args ...string) error {
	args = append([]string{verb, "--name=" + p.Name, "--region=" + region}, args...)
	p.Heading("%s", "stack "+strings.Join(args, " "))
	options := child.Options{Name: "stack " + verb, Env: []string{"XDG_STATE_HOME=" + p.folder}, Stdout: p.out}
	stack, err := p.start(options, "bin/stack", append(args, "--auto-approve")...)
	if err != nil {
		return err
	}
	select {
	case <-stack.Ended:
		return stack.Err
	case <-ctx.Done(): // Close ends it
		return ctx.Err()
	}
}

// Receive passes what the receiver has accepted to handle until isDone. It returns an error if handle does, if the
// receiver has refused a request, if the time is over, or if the forwarder or the context ends.
func (p *Pipeline) Receive(ctx context.Context, timeout time.Duration, isDone func() bool, handle Handler) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for !isDone() {
		select {
		case r := <-p.records:
			if err := handle.take(ctx, r); err != nil {
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

// Finish stops the forwarder, and fails if that does not end cleanly. If p.Keep is set, it first says what a person can
// try, and leaves everything running until Ctrl-C. It passes what arrives meanwhile to handle. It returns a context for
// the rest of the demo, which the next Ctrl-C ends.
func (p *Pipeline) Finish(ctx context.Context, try string, handle Handler) (context.Context, error) {
	if p.Keep {
		p.Say("%s", try)
		p.Heading("Everything keeps running until Ctrl-C")
		p.Say("the receiver's page, where you can also make the receiver fail: %s", p.receiver.URL)
		p.Say("for any client of this AWS: export %s", strings.Join(p.Env, " "))
		err := p.Receive(ctx, math.MaxInt64, func() bool { return false }, handle)
		if ctx.Err() == nil {
			return ctx, err
		}
		ctx = untilInterrupt()
	}
	err := p.forwarder.Stop(syscall.SIGTERM, stopTimeout)
	for err == nil && len(p.records) > 0 {
		err = handle.take(ctx, <-p.records)
	}
	return ctx, err
}

// StartScript starts one of this project's Python programs, which serve until their standard input closes, and returns
// the URL that it prints after the prefix.
func (p *Pipeline) StartScript(ctx context.Context, prefix, script string, args ...string) (string, error) {
	options := child.Options{Name: filepath.Base(script), Stdin: true, Log: p.out}
	process, err := p.start(options, "python3", append([]string{script, "--until-stdin-closes"}, args...)...)
	if err != nil {
		return "", err
	}
	return process.WaitForLine(ctx, prefix)
}

// start starts one of this project's programs, which the Makefile builds, or one on the PATH. Only the listed variables
// of this shell are passed on, so none of its AWS variables and none of its settings.
func (p *Pipeline) start(o child.Options, program string, args ...string) (*child.Process, error) {
	passed := []string{
		"PATH", "HOME", "TMPDIR", "LANG", "TERM", "NO_COLOR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PLUGIN_DIR", "TERRAFORM",
		"TF_PLUGIN_CACHE_DIR", "TF_CLI_CONFIG_FILE",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	}
	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !slices.Contains(passed, name)
	})
	o.Env = slices.Concat(environment, p.Env, o.Env)
	process, err := child.Start(o, program, args...)
	if err != nil {
		return nil, fmt.Errorf("%w; \"make demo\" and \"make demo-twitter\" set up what they need", err)
	}
	p.processes = append(p.processes, process)
	return process, nil
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
	return errors.Join(err, os.RemoveAll(p.folder))
}
