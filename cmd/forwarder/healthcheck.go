package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// healthTime is well below the five seconds or more that ECS and Compose allow for a check.
const healthTime = 3 * time.Second

const healthHeader = "forwarder --health exits with 0 when the forwarder at ADMIN_ADDR is healthy " +
	"and with 1 when it is not:\na health check for containers without a shell."

// health runs `forwarder --health` and returns its exit code: 0 healthy, 1 not healthy, 2 used wrongly.
func health(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s relay.Admin
	if err := settings.Load(&s, args); errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, healthHeader, &s)
		return 0
	} else if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	if err := live(ctx, s.AdminAddr); err != nil {
		_, _ = fmt.Fprintln(stderr, terminal.Lines(err.Error()))
		return 1
	}
	return 0
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
