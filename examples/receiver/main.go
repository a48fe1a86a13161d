// Command receiver shows the events that are sent to it: it answers exactly as Dispatch does (Solo, or a sidecar of
// either generation) or as a strict receiver of CloudEvents 1.0, prints a line for each event, shows the events on a
// live page at the same address, and fails on demand.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// Config are the receiver's settings; forwarder/settings explains the tags.
type Config struct {
	Addr  string `envconfig:"ADDR" default:"127.0.0.1:8080" desc:"address to listen on; port 0 chooses a free port"`
	Kind  string `envconfig:"DIALECT" default:"solo" accept:"solo|sidecar|sidecar-draft|cloudevents" desc:"receiver type"`
	Token string `envconfig:"TOKEN" defaultdesc:"any" desc:"accepted token: authToken, or a bearer token"`
	Keep  int    `envconfig:"KEEP_EVENTS" default:"500" min:"1" max:"100000" desc:"number of the latest events to keep"`
	Types string `envconfig:"SUBSCRIPTIONS" defaultdesc:"all" desc:"accepted event types, separated by commas"`
	JSON  bool   `envconfig:"JSON" desc:"print each event and refusal as a JSON object, not as text"`
}

const header = `receiver shows the events that are sent to it, and answers exactly as the receiver that it imitates.
Open its address in a browser to see the events. It fails on demand, from that page or by a request:

  curl -X POST 'http://127.0.0.1:8080/fail?status=503&count=3&retry-after=2'
  curl -X POST 'http://127.0.0.1:8080/fail?kind=stall&count=-1'   also reset, reset-after, half, slow, broker-down
  curl -X POST 'http://127.0.0.1:8080/heal'

To make a forwarder send to it as if it were Dispatch Solo:

  AUTH_TOKEN=any DISPATCH_API_ENDPOINT=127.0.0.1:8080 bin/forwarder

If it was started with --dialect=cloudevents, use SINK_URL=http://127.0.0.1:8080/ instead.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the program and returns its exit code: 0 after an interrupt, 1 if it cannot listen, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c Config
	if err := settings.Load(&c, args); errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, header, &c)
		return 0
	} else if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	if err := serve(ctx, c, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, c Config, stdout io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	show := printer(stdout, c.JSON)
	options := sinktest.Options{
		Dialect: sinktest.Dialect(c.Kind), Token: c.Token, Limit: c.Keep,
		OnRecord: func(r sinktest.Record) { show(entryOf(r)) },
	}
	if c.Types != "" {
		options.Subscriptions = strings.Split(c.Types, ",")
	}
	p := page{
		Receiver: sinktest.New(options),
		address:  "http://" + listener.Addr().String(),
		born:     strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	show(entry{Kind: "ready", URL: p.address, Dialect: c.Kind})
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err = <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	p.Close()
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := server.Shutdown(bound); err != nil { // a slow answer is still being sent
		_ = server.Close()
	}
	return nil
}
