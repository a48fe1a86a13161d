package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// world is a queue and a Dispatch on this machine, for a forwarder in a container.
type world struct {
	queue    *queuetest.Queue
	receiver *sinktest.Receiver
	open     chan struct{} // closed: the receiver answers all
	env      []string
	args     []string
}

const (
	token  = "t0ken-of-the-driver"
	secret = "hush-hush"
)

// newWorld makes the receiver answer the first events, and delay the answers to all others until open is closed.
func newWorld(t *testing.T, answered int64) *world {
	t.Helper()
	aws := queuetest.New()
	endpoint := httptest.NewUnstartedServer(aws)
	_ = endpoint.Listener.Close()
	endpoint.Listener = bridge(t)
	endpoint.Start()
	t.Cleanup(endpoint.Close)
	t.Cleanup(endpoint.CloseClientConnections)
	aws.URL = endpoint.URL
	w := &world{open: make(chan struct{})}
	w.queue = aws.Create("mine", queuetest.Queue{VisibilityTimeout: 3})
	var taken atomic.Int64
	w.receiver = &sinktest.Receiver{
		Dialect: sinktest.Solo, Token: token,
		OnRecord: func(e sinktest.Record) {
			if !e.Refused && taken.Add(1) > answered {
				<-w.open
			}
		},
	}
	server := httptest.NewUnstartedServer(w.receiver)
	_ = server.Listener.Close()
	server.Listener = bridge(t)
	return w.serve(t, server, aws.URL)
}

func (w *world) serve(t *testing.T, server *httptest.Server, endpoint string) *world {
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(w.release)
	w.env = []string{
		"AWS_ENDPOINT_URL=" + endpoint,
		"AWS_ACCESS_KEY_ID=id",
		"AWS_SECRET_ACCESS_KEY=" + secret,
		"AUTH_TOKEN=" + token,
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	w.args = []string{
		"--region=us-west-2",
		"--queue-name=mine",
		"--clean-up",
		"--dispatch-api-endpoint=" + gateway(t) + ":" + port,
	}
	return w
}

func (w *world) release() {
	select {
	case <-w.open:
	default:
		close(w.open)
	}
}

func (w *world) send(n int) {
	for i := range n {
		w.queue.Send(fmt.Sprintf(`{"version":"0","id":"e-%d","detail-type":"T","source":"aws.ec2","account":"1",`+
			`"time":"2026-11-22T05:30:00Z","region":"r","resources":[],"detail":{}}`, i))
	}
}

// start runs the forwarder as Dispatch Solo does: settings as arguments, the secret's keys and the token as variables.
func (w *world) start(t *testing.T) (id string) {
	t.Helper()
	args := append([]string{"run", "--detach", "--restart", "always"}, hardened...)
	for _, entry := range w.env {
		name, _, _ := strings.Cut(entry, "=")
		args = append(args, "--env", name)
	}
	id, err := try(t, w.env, append(append(args, subject), w.args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(logs(t, id))
		}
		docker(t, "rm", "--force", id)
	})
	return id
}

func logs(t *testing.T, id string) string {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "docker", "logs", id).CombinedOutput()
	if err != nil {
		t.Errorf("docker logs: %v\n%s", err, out)
	}
	return string(out)
}

// TestAsDispatchRunsIt checks that every event arrives, and what the engine reports about the container.
func TestAsDispatchRunsIt(t *testing.T) {
	needEngine(t)
	dist(t)
	const n = 200
	w := newWorld(t, n)
	w.send(n)
	id := w.start(t)
	if err := w.queue.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	if counts := w.receiver.Counts(); counts.Distinct != n || counts.Rejected > 0 {
		t.Errorf("%+v: %+v", counts, w.receiver.Records())
	}
	docker(t, "exec", id, "/forwarder", "--health")
	if _, err := try(t, nil, "exec", id, "/bin/sh", "-c", "true"); err == nil {
		t.Error("the image has a shell")
	}
	docker(t, "stop", id)
	if code := docker(t, "inspect", "--format", "{{.State.ExitCode}}", id); code != "0" {
		t.Errorf("exit code %s", code)
	}
	told := logs(t, id)
	for line := range strings.Lines(told) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log has a line that is no JSON: %s", line)
		}
	}
	if !strings.Contains(told, "clean-up") {
		t.Error("nothing is said of a setting that has no effect")
	}
	told += docker(t, "history", "--no-trunc", subject) + docker(t, "image", "inspect", subject)
	for _, hidden := range []string{token, secret} {
		if strings.Contains(told, hidden) {
			t.Errorf("%s is told in log, history or configuration", hidden)
		}
	}
}

// TestStopped sends SIGTERM while requests are unanswered: delivered messages are deleted, all others are released.
func TestStopped(t *testing.T) {
	needEngine(t)
	dist(t)
	const n, answered = 2000, 300
	w := newWorld(t, answered)
	// The messages that it holds can be settled in time even on a busy machine.
	w.args = append(w.args, "--max-in-flight=100", "--shutdown-timeout=1m")
	w.send(n)
	id := w.start(t)
	if err := w.receiver.Wait(t.Context(), answered+10); err != nil {
		t.Fatal(err)
	}
	docker(t, "kill", "--signal", "TERM", id)
	w.release()
	if code := docker(t, "wait", id); code != "0" {
		t.Errorf("exit code %s", code)
	}
	delivered := map[string]bool{}
	for _, e := range w.receiver.Events() {
		delivered[string(e.Data)] = true
	}
	left := w.queue.Messages()
	for _, m := range left {
		if delivered[m.Body] {
			t.Errorf("delivered and not deleted: %s", m.Body)
		}
	}
	if _, held := w.queue.Depth(); held > 0 || len(delivered)+len(left) != n {
		t.Errorf("%d delivered, %d left, of which %d were not given back", len(delivered), len(left), held)
	}
}

// TestKilled sends SIGKILL while requests are unanswered, and starts the container again: every event arrives.
func TestKilled(t *testing.T) {
	needEngine(t)
	dist(t)
	const n, answered = 2000, 300
	w := newWorld(t, answered)
	w.send(n)
	id := w.start(t)
	if err := w.receiver.Wait(t.Context(), answered+10); err != nil {
		t.Fatal(err)
	}
	docker(t, "kill", id)
	w.release()
	docker(t, "start", id)
	if err := w.queue.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	if counts := w.receiver.Counts(); counts.Distinct != n {
		t.Errorf("%+v", counts)
	}
}
