package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// run is a run of the function, as `dispatch get runs` shows it.
type run struct {
	from            string // the event's sender: S3 or CloudTrail
	Posted, Picture string // URLs of the post and of the object
	Skipped         string // why there was nothing to post
	Type, Message   string // whose fault it is, and what went wrong
}

// String returns the run as a line for people.
func (r run) String() string {
	switch {
	case r.Type != "":
		return fmt.Sprintf("FAILED   %s: %s", r.Type, r.Message)
	case r.Posted != "":
		return fmt.Sprintf("POSTED   %s is %s (%s's event)", r.Picture, r.Posted, r.from)
	}
	return fmt.Sprintf("SKIPPED  %s (%s's event)", r.Skipped, r.from)
}

// handle runs the function for an event as Dispatch does: after the event was accepted, and once, even if it fails.
func (d *demo) handle(ctx context.Context, event sinktest.Record) error {
	r, err := d.call(ctx, event)
	if err == nil && r.Posted != "" {
		err = d.save(ctx, r)
	}
	if err != nil {
		return fmt.Errorf("run the function: %w", err)
	}
	d.Say("%s", r)
	d.runs = append(d.runs, r.String())
	return nil
}

// call passes to the function what it reads of what Dispatch passes: the secrets and the event's data.
func (d *demo) call(ctx context.Context, event sinktest.Record) (run, error) {
	r := run{from: "S3"}
	if bytes.Contains(event.Data, []byte(`"AWS API Call via CloudTrail"`)) {
		r.from = "CloudTrail"
	}
	secrets := map[string]string{} // of two files, which Dispatch merges
	for _, name := range []string{"twitter.json", "aws.json"} {
		text, err := os.ReadFile(twitterFolder + "secrets/" + name)
		if err == nil {
			err = json.Unmarshal(text, &secrets)
		}
		if err != nil {
			return r, err
		}
	}
	input, err := json.Marshal(map[string]any{
		"context": map[string]any{"secrets": secrets},
		"payload": json.RawMessage(event.Data),
	})
	if err == nil {
		err = request(ctx, http.MethodPost, d.function, input, &r)
	}
	return r, err
}

// post is a post that the mock of X's API has received.
type post struct {
	ID, Text, Alt string
	Picture       []byte
}

// save asks for all posts and writes the picture of this run's post to a file, which is named as the object.
func (d *demo) save(ctx context.Context, r run) error {
	if err := request(ctx, http.MethodGet, d.x+"/stand-in/posts", nil, &d.posts); err != nil {
		return err
	}
	i := slices.IndexFunc(d.posts, func(p post) bool { return strings.HasSuffix(r.Posted, "/"+p.ID) })
	if i < 0 {
		return fmt.Errorf("the mock of X does not have %s", r.Posted)
	}
	return os.WriteFile(postedFolder+path.Base(r.Picture), d.posts[i].Picture, 0o644) //nolint:gosec // for anybody to see
}

// request sends a request to one of the Python programs and decodes the answer.
func request(ctx context.Context, method, url string, body []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
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
