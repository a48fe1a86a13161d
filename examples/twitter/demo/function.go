package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const runTimeout = 3 * time.Minute

// function runs the function for each event as Dispatch does: after the event was accepted, and once, whatever becomes
// of it.
type function struct {
	url     string
	secrets map[string]string
	print   func(string, ...any)

	mu      sync.Mutex
	runs    []run
	changed chan struct{} // closed and replaced when a run has finished
}

// run is a run of the function that has finished, as `dispatch get runs` shows it.
type run struct {
	Event   pipeline.Delivery
	Key     string
	From    string // whose event it was: S3's or CloudTrail's
	Posted  string // URL of the post
	Skipped string // why there was nothing to post
	Failed  string // what went wrong, and whose fault it is
}

// String is the run as a line to read.
func (r run) String() string {
	switch {
	case r.Failed != "":
		return "FAILED   " + r.Failed
	case r.Posted != "":
		return fmt.Sprintf("POSTED   %s is %s (%s's event)", r.Key, r.Posted, r.From)
	}
	return fmt.Sprintf("SKIPPED  %s (%s's event)", r.Skipped, r.From)
}

// start runs the function for an event. What the receiver has refused has no run.
func (f *function) start(ctx context.Context, event pipeline.Delivery) {
	if event.Kind != "event" {
		return
	}
	go func() {
		r := newRun(event)
		if err := f.call(ctx, &r); err != nil {
			r.Failed = err.Error()
		}
		f.print("%s", r)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.runs = append(f.runs, r)
		close(f.changed)
		f.changed = make(chan struct{})
	}()
}

func newRun(event pipeline.Delivery) run {
	r := run{Event: event, Key: event.Subject, From: "S3"}
	if strings.Contains(event.Data, `"AWS API Call via CloudTrail"`) {
		r.From = "CloudTrail"
	}
	return r
}

// call passes the function what Dispatch passes: the data of the event, and as context its secrets and the attributes.
func (f *function) call(ctx context.Context, r *run) error {
	body, err := json.Marshal(map[string]any{
		"context": map[string]any{
			"secrets": f.secrets,
			"event": map[string]any{
				"eventID": r.Event.ID, "eventType": r.Event.Type, "eventTime": r.Event.Time, "source": r.Event.Source,
				"cloudEventsVersion": "0.1",
			},
		},
		"payload": json.RawMessage(r.Event.Data),
	})
	if err != nil {
		return fmt.Errorf("write the function's input: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	var result struct{ Posted, Skipped, Type, Message string }
	if err := errors.Join(err, json.Unmarshal(text, &result)); err != nil {
		return fmt.Errorf("read the function's result: %w", err)
	}
	r.Posted, r.Skipped = result.Posted, result.Skipped
	if answer.StatusCode != http.StatusOK {
		r.Failed = result.Type + ": " + result.Message
	}
	return nil
}

// finished returns the runs so far, and what is closed when there is one more.
func (f *function) finished() ([]run, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.runs), f.changed
}

// waitForRuns waits until so many runs have finished.
func (d *demo) waitForRuns(ctx context.Context, n int) ([]run, error) {
	for {
		runs, changed := d.function.finished()
		if len(runs) >= n {
			return runs, nil
		}
		if err := d.Wait(ctx, changed, runTimeout); err != nil {
			return nil, fmt.Errorf("wait for run %d of %d of the function: %w", len(runs)+1, n, err)
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
