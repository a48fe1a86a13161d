package relay

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// local points the SDK at a queue in memory.
func local(t *testing.T) *queuetest.Server {
	t.Helper()
	s := queuetest.Start(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            s.URL,
		"AWS_ACCESS_KEY_ID":           "id",
		"AWS_SECRET_ACCESS_KEY":       "hush-secret",
		"AWS_CONFIG_FILE":             "/nonexistent",
		"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
	return s
}

// program is a run in the background.
type program struct {
	stop context.CancelFunc
	err  chan error
	logs *observer.ObservedLogs
}

func start(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	s, err := load(t, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	ctx, stop := context.WithCancel(t.Context())
	p := &program{stop: stop, err: make(chan error, 1), logs: logs}
	go func() { p.err <- Run(ctx, s, zap.New(core)) }()
	t.Cleanup(stop)
	return p
}

func (p *program) end(t *testing.T) {
	t.Helper()
	p.stop()
	if err := <-p.err; err != nil {
		t.Error(err)
	}
}

func eventBody(i int) string {
	return fmt.Sprintf(
		`{"version":"0","id":"e-%d","detail-type":"T","source":"aws.ec2","account":"1",`+
			`"time":"2026-11-22T05:30:00Z","region":"r","resources":[],"detail":{}}`,
		i,
	)
}

// TestEveryReceiver carries events from the queue to each of the real receivers, and refused ones to the dead-letter
// queue.
func TestEveryReceiver(t *testing.T) {
	for format, dialect := range map[string]sinktest.Dialect{
		"dispatch": sinktest.Solo, "dispatch-sidecar": sinktest.Sidecar, "dispatch-draft": sinktest.Draft,
		"structured": sinktest.CloudEvents, "binary": sinktest.CloudEvents, "batch": sinktest.CloudEvents,
	} {
		t.Run(format, func(t *testing.T) {
			s := local(t)
			dead := s.Create("dead", queuetest.Queue{})
			q := s.Create("dispatch", queuetest.Queue{DeadLetter: dead, MaxReceiveCount: 3})
			receiver := &sinktest.Receiver{Dialect: dialect, Token: "t0ken"}
			server := httptest.NewServer(receiver)
			defer server.Close()
			env := map[string]string{"ADMIN_ADDR": "", "DEAD_LETTER_QUEUE_URL": dead.URL, "FORMAT": format}
			if dialect == sinktest.CloudEvents {
				env["SINK_URL"], env["SINK_TOKEN"] = server.URL, "t0ken"
			} else {
				env["DISPATCH_API_ENDPOINT"] = strings.TrimPrefix(server.URL, "http://")
			}
			if dialect == sinktest.Solo {
				env["AUTH_TOKEN"] = "t0ken"
			}
			receiver.Fault(1, sinktest.Fault{Kind: sinktest.Status, Status: http.StatusUnprocessableEntity})
			for i := range 25 {
				q.Send(eventBody(i))
			}
			q.Send("no event")
			p := start(t, env)
			if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
				t.Fatal(err)
			}
			p.end(t)
			if accepted, refused := receiver.Counts().Distinct, len(dead.Messages()); accepted+refused != 26 || refused > 1 {
				t.Errorf("%d accepted, %d refused", accepted, refused)
			}
			if s.Stats().Received != 26 {
				t.Errorf("%d received", s.Stats().Received)
			}
			for _, entry := range p.logs.All() {
				if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, "t0ken") ||
					strings.Contains(text, "hush") {
					t.Errorf("the log holds a secret: %s", text)
				}
			}
		})
	}
}

func TestStartsBeforeTheReceiver(t *testing.T) {
	s := local(t)
	q := s.Create("dispatch", queuetest.Queue{VisibilityTimeout: 30})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	q.Send(eventBody(1))
	p := start(t, map[string]string{"DISPATCH_API_ENDPOINT": address, "ADMIN_ADDR": ""})
	if err := q.Wait(t.Context(), func(_, inFlight int) bool { return inFlight == 1 }); err != nil {
		t.Fatal(err)
	}
	receiver := &sinktest.Receiver{Dialect: sinktest.Sidecar}
	late, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("port %s was taken meanwhile: %v", address, err)
	}
	server := &httptest.Server{Listener: late, Config: &http.Server{Handler: receiver}}
	server.Start()
	defer server.Close()
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	if line := p.logs.FilterMessage("forwarding events").All(); len(line) != 1 || !strings.Contains(
		fmt.Sprint(line[0].ContextMap()), "not reachable yet",
	) {
		t.Errorf("it says %v", line)
	}
}

func TestCannotStart(t *testing.T) {
	s := local(t)
	s.Create("there", queuetest.Queue{})
	for want, env := range map[string]map[string]string{
		"find queue dispatch: no such queue in us-west-2 (region from the default)\nif the stack is in another region, " +
			"set REGION; " +
			"if there is no stack yet, create one with 'stack up --region=us-west-2 --patterns=FILE' (in a checkout, " +
			"examples/event-patterns.json is such a file)": nil,
		"read attributes of queue " + s.URL + "/000000000000/none: no such queue\n" +
			"check QUEUE_URL: 'stack outputs' prints the URL of the stack's queue": {
			"QUEUE_URL": s.URL + "/000000000000/none",
		},
		"read the receiver's token: open /nonexistent: no such file or directory": {
			"QUEUE_NAME": "there", "SINK_URL": "http://x", "SINK_TOKEN_FILE": "/nonexistent",
		},
		"serve ADMIN_ADDR: listen tcp: lookup tcp/none: unknown port\nchoose another address, or an empty one to turn " +
			"this off": {
			"QUEUE_NAME": "there", "ADMIN_ADDR": "127.0.0.1:none",
		},
	} {
		t.Run(want, func(t *testing.T) {
			if err := <-start(t, env).err; err == nil || err.Error() != want {
				t.Errorf("%v: %v", env, err)
			}
		})
	}
}

func TestOriginalSettingsAreNamed(t *testing.T) {
	local(t).Create("dispatch", queuetest.Queue{})
	p := start(t, map[string]string{"ADMIN_ADDR": ""}, "--event-patterns=[]", "--clean-up")
	for p.logs.FilterMessage("forwarding events").Len() == 0 && t.Context().Err() == nil {
	}
	p.end(t)
	lines := p.logs.FilterMessage(
		"settings of the original driver are ignored: use the program 'stack' for rules, buckets and trails",
	).All()
	if len(lines) != 1 || fmt.Sprint(lines[0].ContextMap()["settings"]) != "[clean-up event-patterns]" {
		t.Errorf("it says %v", lines)
	}
}

// TestDeadLetterQueueThatCannotBeUsed checks that this is an error at startup, not with the first refused event.
func TestDeadLetterQueueThatCannotBeUsed(t *testing.T) {
	s := local(t)
	q := s.Create("dispatch", queuetest.Queue{})
	for url, want := range map[string]string{
		strings.Replace(q.URL, "dispatch", "nope", 1): "no such queue",
		q.URL: "it is the queue that events are received from",
		s.Create("dead.fifo", queuetest.Queue{FIFO: true}).URL:           "it is a FIFO queue, but the queue that events",
		"https://sqs.eu-central-1.amazonaws.com/000000000000/dispatch-d": "it is in eu-central-1, but the queue that events",
	} {
		p := start(t, map[string]string{"ADMIN_ADDR": "", "REGION": "us-west-2", "DEAD_LETTER_QUEUE_URL": url})
		if err := <-p.err; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(
			err.Error(), "DEAD_LETTER_QUEUE_URL",
		) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
