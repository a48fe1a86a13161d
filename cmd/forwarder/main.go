// Command forwarder is the container's program: it receives AWS events from an SQS queue and posts them as CloudEvents
// to Dispatch or to any other receiver. Settings come from the environment or from arguments; -h lists them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // time zones, for a container that has none

	_ "golang.org/x/crypto/x509roots/fallback" // Mozilla's roots, for a container that has no others

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

const header = `forwarder relays AWS events from an SQS queue to Dispatch, or to any receiver of CloudEvents.
Events are delivered at least once: a message is deleted only when the receiver has accepted its event,
or when a copy is in the dead-letter queue.

AWS credentials, AWS_ENDPOINT_URL and other AWS_* variables are read by the AWS SDK.

forwarder --health checks that the running forwarder answers at ADMIN_ADDR, and exits with 0 or 1;
forwarder --version prints the version.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the program and returns its exit code: 0 stopped cleanly, 1 could not start or is not healthy, 2 used
// wrongly.
func run(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) int {
	if slices.Contains(args, "--version") {
		_, _ = fmt.Fprint(stdout, relay.About("forwarder"))
		return 0
	}
	if i := slices.Index(args, "--health"); i >= 0 {
		return health(ctx, slices.Delete(slices.Clone(args), i, i+1), stdout, stderr)
	}
	var s relay.Settings
	if err := settings.Load(&s, args); errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, header, &s)
		return 0
	} else if err != nil {
		_, _ = fmt.Fprintln(stderr, terminal.Lines(err.Error()))
		return 2
	}
	if err := relay.Run(ctx, &s, relay.NewLog(&s, stderr)); err != nil {
		_, _ = fmt.Fprintln(stderr, terminal.Lines(err.Error()))
		if settings.IsUsage(err) {
			return 2
		}
		return 1
	}
	return 0
}
