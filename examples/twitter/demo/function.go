package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// run is a run of the function, as `dispatch get runs` shows it.
type run struct {
	Key     string // of the object
	From    string // the event's sender: S3 or CloudTrail
	Posted  string // URL of the post
	Skipped string // why there was nothing to post
	Failed  string // what went wrong, and whose fault it is

	// What the page shows if the picture was posted.
	post
	Before, After template.URL
}

// String returns the run as a line for people.
func (r run) String() string {
	switch {
	case r.Failed != "":
		return "FAILED   " + r.Failed
	case r.Posted != "":
		return fmt.Sprintf("POSTED   %s is %s (%s's event)", r.Key, r.Posted, r.From)
	}
	return fmt.Sprintf("SKIPPED  %s (%s's event)", r.Skipped, r.From)
}

// handle runs the function for an event as Dispatch does: after the event was accepted, and only once, even if it
// fails. A request that the receiver has refused leads to no run.
func (d *demo) handle(ctx context.Context, event sinktest.Record) error {
	if event.Refused {
		return nil
	}
	r, err := d.call(ctx, event)
	if err == nil && r.Posted != "" {
		err = d.addPictures(ctx, &r)
	}
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	d.Say("%s", r)
	d.runs = append(d.runs, r)
	return d.writePage(true)
}

// call passes to the function what Dispatch passes: the event's data, and as context the secrets and the event's
// attributes.
func (d *demo) call(ctx context.Context, event sinktest.Record) (run, error) {
	r := run{Key: event.Subject, From: "S3"}
	if bytes.Contains(event.Data, []byte(`"AWS API Call via CloudTrail"`)) {
		r.From = "CloudTrail"
	}
	secrets, err := readSecrets()
	if err != nil {
		return r, err
	}
	input := map[string]any{
		"context": map[string]any{
			"secrets": secrets,
			"event": map[string]any{
				"eventID":            event.ID,
				"eventType":          event.Type,
				"eventTime":          event.Time,
				"source":             event.Source,
				"cloudEventsVersion": "0.1",
			},
		},
		"payload": json.RawMessage(event.Data),
	}
	var result struct{ Posted, Skipped, Type, Message string }
	err = request(ctx, http.MethodPost, d.function, input, &result)
	r.Posted, r.Skipped = result.Posted, result.Skipped
	if result.Type != "" {
		r.Failed = result.Type + ": " + result.Message
	}
	return r, err
}

// readSecrets merges the samples as Dispatch does for a function that has several secrets.
func readSecrets() (map[string]string, error) {
	secrets := map[string]string{}
	for _, name := range []string{"twitter.json", "aws.json"} {
		text, err := os.ReadFile(twitterFolder + "secrets/" + name)
		if err == nil {
			err = json.Unmarshal(text, &secrets) // adds to the secrets of the files before it
		}
		if err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

// post is a post that the mock of X's API has received.
type post struct {
	ID, Text, Alt string
	Picture       []byte
}

// posts returns the posts that the mock of X's API has received.
func (d *demo) posts(ctx context.Context) (posts []post, err error) {
	err = request(ctx, http.MethodGet, d.x+"/stand-in/posts", nil, &posts)
	return posts, err
}

// request sends a request to one of the Python programs and decodes the answer.
func request(ctx context.Context, method, url string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(response.Body).Decode(answer)
}
