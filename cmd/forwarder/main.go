// Command forwarder is the container's program: it receives AWS events from an SQS queue and posts them as CloudEvents
// to Dispatch or to any other receiver. Settings come from the environment or from arguments; -h lists them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
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

// healthTime is well below the five seconds or more that ECS and Compose allow for a check.
const healthTime = 3 * time.Second

const healthHeader = "forwarder --health exits with 0 when the forwarder at ADMIN_ADDR answers, whatever the state\n" +
	"of its queue and its receiver, and otherwise with 1: a health check for containers without a shell."

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the program and returns its exit code: 0 if it stopped cleanly, 1 if it could not start, 2 if it was used
// wrongly. With --health, 0 means that the running forwarder answers, and 1 that it does not.
func run(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) int {
	if slices.Contains(args, "--version") {
		_, _ = fmt.Fprint(stdout, relay.About("forwarder"))
		return 0
	}
	var s relay.Settings
	var admin relay.Admin
	header, into := header, any(&s)
	health := slices.Index(args, "--health")
	if health >= 0 {
		header, into, args = healthHeader, &admin, slices.Delete(slices.Clone(args), health, health+1)
	}
	err := settings.Load(into, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		settings.Help(stdout, header, into)
		return 0
	case err == nil && health >= 0:
		err = live(ctx, admin.AdminAddr)
	case err == nil:
		err = relay.Run(ctx, &s, relay.NewLog(&s, stderr))
	}
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, terminal.Lines(err.Error()))
	if settings.IsUsage(err) {
		return 2
	}
	return 1
}

// live requests /livez at the address on which the forwarder listens; without a host, or with 0.0.0.0, that is this
// machine.
func live(ctx context.Context, address string) error {
	if address == "" {
		return errors.New("request /livez: there is no such server, because ADMIN_ADDR is empty")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/livez", nil)
	if err != nil {
		return fmt.Errorf("request /livez: %w", err)
	}
	client := http.Client{Timeout: healthTime, Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("request /livez at %s: %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("request /livez at %s: status %s", address, resp.Status)
	}
	return nil
}
