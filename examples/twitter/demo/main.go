// Command demo shows the picture that tweets itself on this machine, without an account: pictures are put into a
// bucket, their events go through rule, queue and forwarder to a receiver that answers as Dispatch does and runs the
// function as Dispatch does, and the function posts them, with a watermark, on a stand-in for X that checks every
// request. A page shows each picture before and after. It fails when anything is not as it has to be, so it is the
// end-to-end test, too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// Config are the demo's settings; forwarder/settings explains the tags.
type Config struct {
	_            struct{} `env:"DEMO_"` // some environments have a NAME of their own
	Name         string   `envconfig:"DEMO_NAME" default:"demo-twitter" desc:"name of the stack"`
	Region       string   `envconfig:"DEMO_REGION" default:"us-west-2" desc:"region of the local AWS"`
	ObjectEvents string   `envconfig:"DEMO_OBJECT_EVENTS" default:"both" accept:"notification|trail|both" desc:"how S3's events come; by both, each picture has two events, and one post all the same"`
	Page         string   `envconfig:"DEMO_PAGE" default:"dist/twitter-demo.html" desc:"file that the page is kept in"`
	Keep         bool     `envconfig:"DEMO_KEEP" desc:"leave all up until Ctrl-C: pictures that you put into the bucket are posted, too"`
}

const header = `demo shows the picture that tweets itself on this machine, without an account: S3, EventBridge, SQS, the forwarder, the function,
and a stand-in for X. It needs Go, Terraform, Python with Pillow and requests-oauthlib; moto is installed into .local-aws when Python has none.`

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run is the program in process.
func run(ctx context.Context, args []string, stdout io.Writer) int {
	begin := time.Now()
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(stdout, "%6.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	var c Config
	if err := settings.Load(&c, args); errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, header, &c)
		return 0
	} else if err != nil {
		say("%s", err)
		return exitUsage
	}
	d := &demo{Config: c, say: oneAtATime(say)}
	err := d.run(ctx)
	err = errors.Join(err, d.end())
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		d.say("Interrupted: everything that ran has ended.")
		return exitInterrupted
	case err != nil:
		d.say("FAILED: %s", strings.TrimSpace(err.Error()))
		return exitFailed
	}
	d.say("All as it has to be. The page is kept in %s", c.Page)
	return 0
}
