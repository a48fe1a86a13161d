// Command receiver shows the events that are sent to it: it answers exactly as Dispatch does (Solo, or a sidecar of
// either generation) or as a receiver of CloudEvents 1.0, prints a line for each event, shows the events on a live page
// at the same address, and fails on demand.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dispatchframework/dispatch-events-aws/examples/receiver/page"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// Config holds the receiver's settings; forwarder/settings explains the tags.
type Config struct {
	Addr  string `envconfig:"ADDR" default:"127.0.0.1:8080" desc:"address to listen on; port 0 chooses a free port"`
	Kind  string `envconfig:"DIALECT" default:"solo" accept:"solo|sidecar|sidecar-draft|cloudevents" desc:"receiver type"`
	Token string `envconfig:"TOKEN" defaultdesc:"any" desc:"required authToken (solo) or bearer token (cloudevents)"`
	Keep  int    `envconfig:"KEEP_EVENTS" default:"500" min:"1" max:"100000" desc:"number of the latest events to keep"`
	Types string `envconfig:"SUBSCRIPTIONS" defaultdesc:"all" desc:"accepted event types, separated by commas"`
	JSON  bool   `envconfig:"JSON" desc:"print each event and refusal as a JSON object, not as text"`
}

const header = `receiver shows the events that are sent to it, and answers exactly as the receiver that it imitates.
Open its address in a browser to see the events. It fails on demand, from that page or by a request:

  curl -X POST 'http://127.0.0.1:8080/fail?status=503&count=3&retry-after=2'
  curl -X POST 'http://127.0.0.1:8080/fail?kind=stall&count=-1'
  curl -X POST 'http://127.0.0.1:8080/heal'

The parameter count is the number of requests that fail (default 1; -1: all until /heal). The kinds
of failure are:

  status         answers with the parameters status (default 503) and, if it is given, retry-after
  stall          reads the request and never answers
  reset          closes the connection before it reads the event
  reset-after    accepts the event, and closes the connection without an answer
  half           accepts the event, and closes the connection after half of the answer
  slow           accepts the event, and spreads the answer over the parameter delay, such as 10s
  broker-down    accepts the first events of a request, as many as the parameter after (default 0),
                 and answers 500 to the next one

To make a forwarder send to it as if it were Dispatch Solo:

  AUTH_TOKEN=any DISPATCH_API_ENDPOINT=127.0.0.1:8080 bin/forwarder

With --dialect=sidecar, leave AUTH_TOKEN out; with --dialect=sidecar-draft, also leave it out, and
set FORMAT=dispatch-draft. With --dialect=cloudevents, set SINK_URL=http://127.0.0.1:8080/ instead of
both; FORMAT can then be structured (the default), binary or batch.`

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
	receiver := &sinktest.Receiver{
		Dialect: sinktest.Dialect(c.Kind), Token: c.Token, Limit: c.Keep,
		OnRecord: func(r sinktest.Record) { show(stdout, r, c.JSON) },
	}
	if c.Types != "" {
		receiver.Subscriptions = strings.Split(c.Types, ",")
	}
	shown, err := page.Serve(ctx, c.Addr, receiver)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	defer func() { _ = shown.Server.Close() }() // nothing is left to be done
	ready := "%s receiver at %s (page and events)\n"
	if c.JSON {
		ready = `{"kind":"ready","dialect":%q,"url":%q}` + "\n"
	}
	_, _ = fmt.Fprintf(stdout, ready, c.Kind, shown.URL)
	<-ctx.Done()
	return 0
}

// show prints a record as one line: JSON, or text for people. Control characters are replaced, so that the sender of an
// event cannot control the terminal.
func show(w io.Writer, r sinktest.Record, asJSON bool) {
	if asJSON {
		entry, _ := json.Marshal(page.EntryOf(r)) // texts and numbers never fail
		_, _ = w.Write(append(terminal.JSON(entry), '\n'))
		return
	}
	text := fmt.Sprintf("%-20s  %-40s  %s", r.Type, page.Subject(r), r.ID)
	switch {
	case r.Refused && r.Status == http.StatusOK:
		text = r.Reason
	case r.Refused && r.Status == 0:
		text = "refused without an answer  " + r.Reason
	case r.Refused:
		text = fmt.Sprintf("refused %d  %s", r.Status, r.Reason)
	case r.Copy > 0:
		text += fmt.Sprintf("  (copy %d)", r.Copy)
	}
	_, _ = fmt.Fprintf(w, "%s  %s\n", r.At.Format("15:04:05.000"), terminal.Line(text))
}
