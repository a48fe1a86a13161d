// Command demo shows the whole way on this machine, without an account: AWS events, provisioned by Terraform, relayed
// as CloudEvents to a receiver that answers as Dispatch does. It starts AWS locally, brings the stack up, puts objects
// and events, shows each delivered event, proves that nothing else arrives, takes all down and shows that nothing is
// left. It fails when anything is not as it has to be, so it is the end-to-end test, too.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// Config are the demo's settings; forwarder/settings explains the tags.
type Config struct {
	_        struct{}      `env:"DEMO_"` // some environments have a NAME of their own
	Name     string        `envconfig:"DEMO_NAME" default:"demo" desc:"name of the stack"`
	Region   string        `envconfig:"DEMO_REGION" default:"us-west-2" desc:"region of the local AWS"`
	Patterns string        `envconfig:"DEMO_PATTERNS" default:"examples/event-patterns.json" desc:"event patterns of the stack, a file; events of ec2-instance-state and autoscaling are put"`
	Minute   time.Duration `envconfig:"DEMO_MINUTE" default:"5s" min:"1s" max:"1m" desc:"how long a minute of the schedule takes"`
	Keep     bool          `envconfig:"DEMO_KEEP" desc:"leave all up, once the events have arrived, until Ctrl-C"`
}

const header = `demo shows the whole way on this machine, without an account: Terraform, EventBridge, SQS, the forwarder, a receiver that
answers as Dispatch does, and down again. It needs Go, Terraform and Python; moto is installed into .local-aws when Python has none.`

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, signals))
}

// run is the program in process. The first signal ends it in order, or ends KEEP; another one while it is ending kills
// what is left.
func run(ctx context.Context, args []string, stdout io.Writer, signals <-chan os.Signal) int {
	s := newShow(stdout, isTerminal(stdout))
	var c Config
	if err := settings.Load(&c, args); errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, header, &c)
		return 0
	} else if err != nil {
		s.say("%s", err)
		return exitUsage
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &demo{Config: c, show: s, interrupts: make(chan struct{}, 1)}
	go d.watch(ctx, signals, cancel)
	err := d.run(ctx)
	d.end()
	s.done()
	switch {
	case errors.Is(err, context.Canceled):
		s.say("Interrupted: everything that ran has ended.")
		return exitInterrupted
	case err != nil:
		s.say("FAILED: %s", err)
		return exitFailed
	}
	return 0
}

// watch turns signals into the end of KEEP, of the run, or of every process, whichever is next.
func (d *demo) watch(ctx context.Context, signals <-chan os.Signal, cancel func()) {
	ending := false
	for {
		select {
		case <-ctx.Done():
			if !ending {
				return
			}
			ctx = context.WithoutCancel(ctx)
		case <-signals:
			switch {
			case d.keeping.CompareAndSwap(true, false):
				d.interrupts <- struct{}{}
			case !ending:
				ending = true
				d.show.say("Ending in order; once more kills what still runs.")
				cancel()
			default:
				d.children.kill()
			}
		}
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
