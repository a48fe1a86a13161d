// Command receiver is where events can be sent to be looked at: it answers exactly as Dispatch does (Solo, or a sidecar
// of either generation) or as a strict receiver of CloudEvents 1.0, prints a line for each event, shows them on a live
// page at the same address, and fails when it is told to.
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
	Addr    string `envconfig:"ADDR" default:"127.0.0.1:8080" desc:"where it listens; port 0 is a free one"`
	Dialect string `envconfig:"DIALECT" default:"solo" accept:"solo|sidecar|sidecar-draft|cloudevents" desc:"receiver"`
	Token   string `envconfig:"TOKEN" defaultdesc:"any" desc:"token that is accepted: authToken, or a bearer token"`
	Keep    int    `envconfig:"KEEP_EVENTS" default:"500" min:"1" max:"100000" desc:"how many events are kept, the latest"`
	Wanted  string `envconfig:"SUBSCRIPTIONS" defaultdesc:"all" desc:"event types, by commas; others are dropped"`
	JSON    bool   `envconfig:"JSON" desc:"a JSON object for each event and each refusal instead of a line to read"`
}

const header = `receiver shows the events that are sent to it, and answers exactly as the receiver that it plays.
Its page is at the same address, in a browser. It fails on demand, there or by a request:

  curl -X POST 'http://127.0.0.1:8080/fail?status=503&count=3&retry-after=2'
  curl -X POST 'http://127.0.0.1:8080/fail?kind=stall&count=-1'   also reset, reset-after, half, slow, broker-down
  curl -X POST 'http://127.0.0.1:8080/heal'

A forwarder sends to it as to Solo with

  AUTH_TOKEN=any DISPATCH_API_ENDPOINT=127.0.0.1:8080 bin/forwarder

and with SINK_URL=http://127.0.0.1:8080/ where it was started with --dialect=cloudevents.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program in process: 0 ended in order, 1 could not listen, 2 used wrongly.
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
		Dialect: sinktest.Dialect(c.Dialect), Token: c.Token, Limit: c.Keep,
		OnRecord: func(r sinktest.Record) { show(entryOf(r)) },
	}
	if c.Wanted != "" {
		options.Subscriptions = strings.Split(c.Wanted, ",")
	}
	p := page{
		Receiver: sinktest.New(options),
		address:  "http://" + listener.Addr().String(),
		born:     strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	show(entry{Kind: "ready", URL: p.address, Dialect: c.Dialect})
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
	if err := server.Shutdown(bound); err != nil { // a slow answer is under way
		_ = server.Close()
	}
	return nil
}
