package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// dispatch is Dispatch as far as this example meets it: it takes an event, and a subscription to aws.s3 runs the
// function with the event's data, afterwards and once, whatever becomes of it.
type dispatch struct {
	address  string
	token    string
	server   *http.Server
	receiver *sinktest.Receiver
	function string
	secrets  map[string]string
	say      func(string, ...any)

	mu      sync.Mutex
	runs    []finished
	changed chan struct{} // closed and replaced with every run
	running sync.WaitGroup
	ctx     context.Context //nolint:containedctx // runs outlive the requests that cause them
	cancel  context.CancelFunc
}

// finished is a run of the function, as `dispatch get runs` shows it.
type finished struct {
	Event   string
	Shape   string // S3's or CloudTrail's
	Key     string
	Data    string
	Posted  string // the post's address
	Skipped string // why there was none to make
	Failed  string // what went wrong, and whose fault it is
}

const subscribed = "aws.s3"

func startDispatch(ctx context.Context, function string, secrets map[string]string, say func(string, ...any)) (*dispatch, error) {
	d := &dispatch{token: rand.Text(), function: function, secrets: secrets, say: say, changed: make(chan struct{})}
	d.ctx, d.cancel = context.WithCancel(ctx)
	d.receiver = sinktest.New(sinktest.Solo, sinktest.WithToken(d.token), sinktest.OnEvent(d.event),
		sinktest.OnReject(func(r sinktest.Rejection) { say("Dispatch refused an event: %d %s", r.Status, r.Reason) }))
	var err error
	d.server, d.address, err = serveOn(ctx, d.receiver)
	return d, err
}

func (d *dispatch) close() error {
	d.cancel()
	d.running.Wait()
	d.receiver.Close()
	return d.server.Close()
}

func (d *dispatch) event(e sinktest.Received) {
	if e.Type == subscribed {
		d.running.Go(func() { d.run(e) })
	}
}

func (d *dispatch) run(e sinktest.Received) {
	done := about(e)
	if err := d.call(e, &done); err != nil {
		done.Failed = err.Error()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs = append(d.runs, done)
	close(d.changed)
	d.changed = make(chan struct{})
	d.say("%s", done.words())
}

// call runs the function as Dispatch does: its secrets and what the event says beside its data are the context.
func (d *dispatch) call(e sinktest.Received, done *finished) error {
	event := map[string]any{"eventID": e.ID, "eventType": e.Type, "eventTime": e.Time, "source": e.Source, "cloudEventsVersion": "0.1"}
	message := map[string]any{
		"context": map[string]any{"secrets": d.secrets, "event": event},
		"payload": json.RawMessage(e.Data),
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write the function's input: %w", err)
	}
	ctx, cancel := context.WithTimeout(d.ctx, runTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.function, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	var said struct{ Posted, Skipped, Type, Message string }
	if err := json.Unmarshal(text, &said); err != nil {
		return fmt.Errorf("read the function's answer: %w", err)
	}
	done.Posted, done.Skipped = said.Posted, said.Skipped
	if answer.StatusCode != http.StatusOK {
		done.Failed = said.Type + ": " + said.Message
	}
	return nil
}

func about(e sinktest.Received) finished {
	var aws struct {
		DetailType string `json:"detail-type"`
		Detail     struct {
			Object            struct{ Key string }
			RequestParameters struct{ Key string }
		}
	}
	_ = json.Unmarshal(e.Data, &aws) // what is no event has no key, and its run says so
	shape := "S3"
	if strings.Contains(aws.DetailType, "CloudTrail") {
		shape = "CloudTrail"
	}
	return finished{Event: e.ID, Shape: shape, Key: aws.Detail.Object.Key + aws.Detail.RequestParameters.Key, Data: string(e.Data)}
}

func (f finished) words() string {
	switch {
	case f.Failed != "":
		return "FAILED   " + f.Failed
	case f.Posted != "":
		return "POSTED   " + f.Key + " is " + f.Posted + " (" + f.Shape + "'s event)"
	}
	return "SKIPPED  " + f.Skipped + " (" + f.Shape + "'s event)"
}

// finishedRuns are the runs so far, and what is closed when there is one more.
func (d *dispatch) finishedRuns() ([]finished, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.runs), d.changed
}

// waitFor waits until so many runs have finished.
func (d *dispatch) waitFor(ctx context.Context, n int) ([]finished, error) {
	timeout := time.NewTimer(runTimeout)
	defer timeout.Stop()
	for {
		runs, changed := d.finishedRuns()
		if len(runs) >= n {
			return runs, nil
		}
		select {
		case <-changed:
		case <-timeout.C:
			return nil, fmt.Errorf("%d runs of the function have finished after %s, not %d", len(runs), runTimeout, n)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readSecrets merges secrets as Dispatch does for a function that has several.
func readSecrets(paths ...string) (map[string]string, error) {
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read a secret: %w", err)
		}
		var one map[string]string
		if err := json.Unmarshal(text, &one); err != nil {
			return nil, fmt.Errorf("read the secret %s: %w", path, err)
		}
		maps.Copy(all, one)
	}
	return all, nil
}
