package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

const anEvent = `{"id":"e-1","detail-type":"Object Created","source":"aws.s3","time":"2026-11-22T05:30:00Z",` +
	`"region":"us-west-2","resources":[],"detail":{"object":{"key":"a\u001b[2J.jpg"}}}`

func TestTailUsage(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	g := &ground{t: t}
	for _, from := range []string{"localhost:9090", "ftp://x", "http://"} {
		if _, errs, code := g.run("tail", "--from="+from); code != exitUsage || !strings.Contains(errs, "FROM: ") {
			t.Errorf("%s: %d, %s", from, code, errs)
		}
	}
	if _, errs, code := g.run(
		"tail",
		"--name=none",
	); code != exitFailed ||
		!strings.Contains(errs, "this machine has no record of such a stack") {
		t.Errorf("%d, %s", code, errs)
	}
}

func TestLinesOfTail(t *testing.T) {
	s3 := relay.Line{ID: "m-1", Data: []byte(anEvent), Time: time.Now()}
	text := relay.Line{ID: "m-2", Data: []byte("no\nevent"), Time: time.Date(2026, 11, 22, 5, 30, 0, 0, time.UTC)}
	for _, c := range []struct{ args, want string }{
		{"", "aws.s3            Object Created                a�[2J.jpg  us-west-2  "},
		{"--type=aws.ec2,aws.sqs", "aws.sqs                                         -  -  "},
		{"--json --type=aws.s3", anEvent + "\n"},
		{"--json --type=aws.sqs", `"no\nevent"` + "\n"},
	} {
		cfg := Config{onlyName: true}
		set := settings.New(prefix, &cfg)
		check(t, set.Flags.Parse(strings.Fields(c.args)))
		check(t, set.Read())
		var out strings.Builder
		cmd := &program{stdout: &out, stderr: &out}
		for _, line := range []relay.Line{s3, text} {
			check(t, cmd.showLine(&cfg, &line))
		}
		if !strings.Contains(out.String(), c.want) || c.args != "" && strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: %q", c.args, out.String())
		}
	}
}

// TestTrouble lets reading fail for a while: tail says so once, tries again, and says when it succeeds.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var errs, out strings.Builder
		c, tries := &program{stdout: &out, stderr: &errs}, 0
		begun := time.Now()
		err := c.follow(ctx, &Config{}, func(_ context.Context, show func(...relay.Line)) (bool, error) {
			if tries++; tries <= 10 {
				return true, fmt.Errorf("throttled: %d", tries)
			}
			show(relay.Line{ID: "m-1", Data: []byte(anEvent), Time: time.Now()})
			cancel()
			return true, ctx.Err()
		})
		if err != nil || errs.String() != "cannot read events, trying again: throttled: 1\nreading events again\n" ||
			strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%v, %q, %q", err, errs.String(), out.String())
		}
		if took := time.Since(begun); took < 10*time.Second || took > 2*time.Minute {
			t.Errorf("ten tries took %s", took)
		}
		final := errors.New("gone")
		read := func(context.Context, func(...relay.Line)) (bool, error) { return false, final }
		if err := c.follow(t.Context(), &Config{}, read); !errors.Is(err, final) {
			t.Errorf("%v", err)
		}
	})
}

// TestTailFromAForwarder reads the events of a forwarder that is unavailable for a while.
func TestTailFromAForwarder(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n := connections.Add(1); {
		case r.URL.Path != "/events":
			w.WriteHeader(http.StatusNotFound)
		case n == 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			_, _ = fmt.Fprintf(
				w,
				"\n"+`{"fate":"refused","status":422,"reason":"why","id":"e-1","type":"aws.s3","data":%s}`+"\n"+`{"lost":7}`+"\n",
				anEvent,
			)
		}
	}))
	defer server.Close()
	var errs, out strings.Builder
	c := &program{stdout: &out, stderr: &errs}
	ctx, cancel := context.WithCancel(t.Context())
	read := streamed(server.URL + "/events")
	err := c.follow(ctx, &Config{}, func(ctx context.Context, show func(...relay.Line)) (bool, error) {
		if connections.Load() == 3 {
			cancel()
		}
		return read(ctx, show)
	})
	if err != nil || strings.Count(out.String(), "refused: why\n") != 2 ||
		strings.Count(errs.String(), "7 events not shown") != 2 {
		t.Errorf("%v, %q, %q", err, errs.String(), out.String())
	}
	retry, err := streamed(server.URL+"/other")(t.Context(), func(...relay.Line) {})
	if retry || err == nil {
		t.Errorf("no forwarder: %v, %v", retry, err)
	}
}

// TestStreamThatBreaks has the connection end in the middle of a line: tail connects again.
func TestStreamThatBreaks(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line := fmt.Sprintf(`{"fate":"delivered","status":202,"id":"e-1","data":%s}`+"\n", anEvent)
		if connections.Add(1) == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(line)))
			line = line[:len(line)/2]
		}
		_, _ = io.WriteString(w, line)
	}))
	defer server.Close()
	shown := 0
	for i, want := range []int{0, 1} {
		retry, err := streamed(server.URL)(t.Context(), func(lines ...relay.Line) { shown += len(lines) })
		if !retry || !errors.Is(err, []error{io.ErrUnexpectedEOF, io.EOF}[i]) || shown != want {
			t.Errorf("connection %d: %v, %v, %d shown", i, retry, err, shown)
		}
	}
}

// TestTailThatMayNotRead checks that tail ends, because trying again would end the stream of another reader, or be
// refused again.
func TestTailThatMayNotRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/named" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = fmt.Fprintln(w, `{"ended":"another one reads"}`)
	}))
	defer server.Close()
	for path, want := range map[string]string{"/events": "another one reads", "/named": "by IP address or localhost"} {
		c := &program{stdout: io.Discard, stderr: io.Discard}
		err := c.follow(t.Context(), &Config{}, streamed(server.URL+path))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestTail runs the command as a process: after Ctrl-C nothing is left, what is left after a kill is removed by the
// next tail, and nothing is left if nobody reads the output any more.
func TestTail(t *testing.T) {
	g := newGround(t)
	for _, entry := range g.env { // for the tail that runs in this process
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	const all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	g.standIn(
		"watch",
		map[string]map[string]any{
			"shop": {"name": "watch.shop", "arn": "arn", "pattern": `{"source":["own.shop"]}`, "schedule": nil, "state": all},
		},
	)
	before := len(g.left())
	tail := g.start("tail", "--name=watch", "--json")
	if !tail.until("Watching the events of stack watch with a temporary queue and 1 rule") {
		text, code := tail.end(0)
		t.Fatalf("%d\n%s", code, text)
	}
	found, err := eventbridge.NewFromConfig(g.config(t.Context())).ListRules(t.Context(), &eventbridge.ListRulesInput{
		NamePrefix: aws.String("watch_tail-"),
	})
	check(t, err)
	if len(found.Rules) != 1 || found.Rules[0].State != all {
		t.Errorf("the temporary rules are %+v", found.Rules)
	}
	g.event("own.other")
	g.event("own.shop")
	if !tail.until(`"source":"own.shop"`) {
		t.Error("the event is not shown")
	}
	if text, code := tail.end(
		syscall.SIGINT,
	); code != exitDone || strings.Contains(text, "own.other") ||
		len(g.left()) != before {
		t.Errorf("after Ctrl-C: %d\n%s\nleft: %v", code, text, g.left())
	}
	killed := g.start("tail", "--name=watch")
	if !killed.until("Watching the events") {
		t.Fatal("it ended too early")
	}
	killed.end(syscall.SIGKILL)
	if len(g.left()) != before+2 {
		t.Errorf("killed, it left %v", g.left())
	}
	g.silent("watch")
	t.Run("nobody reads", func(t *testing.T) { unread(g.in(t)) })
	if len(g.left()) != before {
		t.Errorf("the next one left %v", g.left())
	}
}

// silent sets the last heartbeats of the tails of a stack to a time long ago.
func (g *ground) silent(stack string) {
	g.t.Helper()
	cfg, ctx := g.config(g.t.Context()), g.t.Context()
	all, err := tail.NewClients(cfg, stack, "").All(ctx)
	check(g.t, err)
	for _, f := range all {
		if f.Type == "aws_sqs_queue" {
			_, err := sqs.NewFromConfig(cfg).TagQueue(ctx,
				&sqs.TagQueueInput{QueueUrl: &f.ID, Tags: map[string]string{tail.Tag + "-seen": "0"}})
			check(g.t, err)
			continue
		}
		_, err := eventbridge.NewFromConfig(cfg).TagResource(ctx, &eventbridge.TagResourceInput{
			ResourceARN: aws.String("arn:aws:events:us-west-2:123456789012:rule/" + f.Name),
			Tags:        []eventtypes.Tag{{Key: aws.String(tail.Tag + "-seen"), Value: aws.String("0")}},
		})
		check(g.t, err)
	}
}

// unread closes the end of the pipe that tail writes to, as head does.
func unread(g *ground) {
	r, w, err := os.Pipe()
	check(g.t, err)
	check(g.t, r.Close())
	notes := make(chan string, 100)
	c := &program{stdout: w, stderr: lines(notes), signals: make(chan os.Signal), kill: func() {}}
	done := make(chan int, 1)
	go func() { done <- c.run(g.t.Context(), []string{"tail", "--name=watch"}) }()
	var said strings.Builder
	for !strings.Contains(said.String(), "Watching the events") {
		said.WriteString(<-notes)
	}
	if !strings.Contains(said.String(), "Removed the resources of a tail command that was killed: watch_tail-") {
		g.t.Errorf("it says %s", said.String())
	}
	g.event("own.shop")
	if code := <-done; code != exitDone {
		g.t.Errorf("exit code %d", code)
	}
}

type lines chan<- string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// event puts an event onto the bus.
func (g *ground) event(source string) {
	g.t.Helper()
	detail, _ := json.Marshal(map[string]string{"order": "7"})
	_, err := eventbridge.NewFromConfig(
		g.config(g.t.Context()),
	).PutEvents(
		g.t.Context(),
		&eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
			{Source: &source, DetailType: aws.String("Order"), Detail: aws.String(string(detail))},
		}},
	)
	check(g.t, err)
}
