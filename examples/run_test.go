package examples

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const (
	token   = "t0ken"
	anEvent = `{"version":"0","id":"e-1","detail-type":"Object Created","source":"aws.s3","account":"123456789012",` +
		`"time":"2026-11-22T05:30:00Z","region":"us-west-2","resources":[],"detail":{"object":{"key":"images/a.jpg"}}}`
)

// run lets the forwarder relay an event with the example's settings, its addresses turned to this machine, and asks it
// what the example's probes would ask.
func (w *workload) run(t *testing.T, s *relay.Settings) {
	t.Helper()
	receiver := &sinktest.Receiver{Dialect: sinktest.CloudEvents, Token: token}
	server := httptest.NewServer(receiver)
	defer server.Close()
	queues := localQueues(t)
	dead := queues.Create("dead", queuetest.Queue{})
	q := queues.Create("dispatch", queuetest.Queue{DeadLetter: dead, MaxReceiveCount: 3})
	q.Send(anEvent)
	here := *s
	here.QueueURL, here.SinkURL, here.AdminAddr, here.SinkToken = q.URL, server.URL, "127.0.0.1:0", ""
	if s.DeadLetterQueueURL != "" {
		here.DeadLetterQueueURL = dead.URL
	}
	here.SinkTokenFile = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(here.SinkTokenFile, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.InfoLevel)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running, end := context.WithCancel(t.Context())
	var ended error
	go func() {
		defer end()
		ended = relay.Run(ctx, &here, zap.New(core))
	}()
	if err := q.Wait(running, queuetest.Drained); err != nil {
		t.Fatal(err, ended)
	}
	address := logs.FilterMessage("serving HTTP").All()[0].ContextMap()["address"].(string)
	for _, path := range w.paths {
		if status := get(t, "http://"+address+path); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
	stop()
	<-running.Done()
	if ended != nil {
		t.Error(ended)
	}
	if accepted := receiver.Counts().Distinct; accepted != 1 {
		t.Errorf("%d events arrived", accepted)
	}
}

// localQueues points the AWS SDK at queues in memory.
func localQueues(t *testing.T) *queuetest.Server {
	t.Helper()
	server := queuetest.Start(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE":             "/nonexistent",
		"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CA_BUNDLE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	return server
}

func get(t *testing.T, address string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}
