package pipeline

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// Main runs a demo as a program and ends the process. The stack gets the name; the summary is for the help.
func Main(name, summary string, demo func(context.Context, *Pipeline) error) {
	p := &Pipeline{Name: name, out: os.Stdout, begin: time.Now()}
	flag.BoolVar(&p.Keep, "keep", false, "leave everything running until Ctrl-C")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), summary)
		flag.PrintDefaults()
	}
	flag.Parse()
	if self, err := os.Executable(); err == nil { // otherwise the PATH stays as it is
		_ = os.Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+os.Getenv("PATH")) // never fails
	}
	os.Exit(p.run(demo))
}

// run runs a demo, ends all processes, and returns the exit code.
func (p *Pipeline) run(demo func(context.Context, *Pipeline) error) int {
	err := errors.Join(demo(untilInterrupt(), p), p.Close())
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
		p.Say("for any client of AWS: export %s", strings.Join(append(p.env, "AWS_REGION="+region), " "))
		err := p.Receive(ctx, func() bool { return false }, handle)
		if ctx.Err() == nil {
			return ctx, err
		}
		ctx = untilInterrupt()
	}
	return ctx, p.forwarder.Stop(syscall.SIGTERM, stopTimeout)
}
