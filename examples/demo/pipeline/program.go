package pipeline

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Main runs a demo as a program and ends the process. The name and the summary are for its help.
func Main(name, summary string, demo func(context.Context, *Pipeline) error) {
	if self, err := os.Executable(); err == nil { // otherwise the PATH stays as it is
		_ = os.Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+os.Getenv("PATH")) // never fails
	}
	os.Exit(execute(os.Args[1:], os.Stdout, name, summary, demo))
}

// execute is Main, but returns the exit code instead of ending the process.
func execute(
	args []string, stdout io.Writer, name, summary string, demo func(context.Context, *Pipeline) error,
) int {
	p := &Pipeline{out: stdout, begin: time.Now()}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&p.Name, "name", name, "name of the stack")
	flags.StringVar(&p.Region, "region", "us-west-2", "region of the local AWS")
	flags.BoolVar(&p.Keep, "keep", false, "leave everything running until Ctrl-C")
	flags.SetOutput(stdout)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stdout, summary)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stdout, "unexpected argument %q\n", flags.Arg(0))
		return exitUsage
	}
	err := demo(p.untilInterrupt(), p)
	err = errors.Join(err, p.Close())
	switch {
	case errors.Is(err, context.Canceled):
		p.Say("Interrupted: all processes have ended.")
		return exitInterrupted
	case err != nil:
		p.Say("FAILED: %s", err)
		return exitFailed
	}
	return 0
}

// untilInterrupt returns a context that Ctrl-C ends. The Ctrl-C after that ends this process at once.
func (p *Pipeline) untilInterrupt() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Finish stops the forwarder, and fails if that does not end cleanly. If p.Keep is set, it first says what a person can
// try, leaves everything running until Ctrl-C, and passes each record to handle. It returns a context for the rest of
// the demo, which the next Ctrl-C ends.
func (p *Pipeline) Finish(
	ctx context.Context, try string, handle func(context.Context, sinktest.Record) error,
) (context.Context, error) {
	if p.Keep {
		p.Say("%s", try)
		p.Heading("Everything keeps running until Ctrl-C")
		p.Say("the receiver's page, where you can also make the receiver fail: %s", p.receiver.URL)
		p.Say("for any client of AWS: export %s", strings.Join(append(p.env, "AWS_REGION="+p.Region), " "))
		err := p.Receive(ctx, func() bool { return false }, handle)
		if ctx.Err() == nil {
			return ctx, err
		}
		ctx = p.untilInterrupt()
	}
	return ctx, p.forwarder.Stop(syscall.SIGTERM, stopTimeout)
}
