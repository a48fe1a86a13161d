package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/receiver/page"
)

const event = `{"eventType":"aws.s3","cloudEventsVersion":"0.1","source":"dispatch","eventID":"e1",` +
	`"contentType":"application/json",` +
	`"data":{"n":9007199254740993,"detail":{"object":{"key":"images/a b.png"}}}}`

// started runs the program and returns its address and the rest of what it prints.
func started(t *testing.T, args ...string) (url string, lines *bufio.Scanner) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"--addr", "127.0.0.1:0", "--json"}, args...), in, in)
		_ = in.Close()
	}()
	t.Cleanup(func() {
		go func() { _, _ = io.Copy(io.Discard, out) }()
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("ended with %d", code)
		}
	})
	lines = bufio.NewScanner(out)
	var ready struct{ Kind, URL string }
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &ready) != nil ||
		ready.Kind != "ready" || !strings.HasPrefix(ready.URL, "http://127.0.0.1:") {
		t.Fatalf("first line %q", lines.Text())
	}
	return ready.URL, lines
}

func next(t *testing.T, lines *bufio.Scanner) page.Entry {
	t.Helper()
	var e page.Entry
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &e) != nil {
		t.Fatalf("line %q", lines.Text())
	}
	return e
}

// unread reads and ignores what the program prints.
func unread(lines *bufio.Scanner) {
	go func() {
		for lines.Scan() {
			continue
		}
	}()
}

// ask sends a request; of the header, pairs.
func ask(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func send(t *testing.T, url, token string) (int, string) {
	t.Helper()
	url += "/v1/event/ingest?authToken=" + token
	return ask(t, http.MethodPost, url, event, "Content-Type", "application/json", "Cookie", "unset")
}

func TestPrintsEventsAndRefusals(t *testing.T) {
	url, lines := started(t, "--token", "T")
	go func() {
		send(t, url, "T")
		send(t, url, "other")
		send(t, url, "T")
	}()
	first, refused, again := next(t, lines), next(t, lines), next(t, lines)
	if first.Kind != "event" || first.Type != "aws.s3" || first.ID != "e1" || first.Copy != 0 ||
		first.Subject != "images/a b.png" {
		t.Errorf("first %+v", first)
	}
	if !strings.Contains(first.Data, "\n  \"n\": 9007199254740993,") {
		t.Errorf("data %s", first.Data)
	}
	const reason = "token not recognized" //nolint:misspell // Dispatch's words
	if refused.Kind != "rejected" || refused.Status != 401 || refused.Reason != reason {
		t.Errorf("refused %+v", refused)
	}
	if again.Copy != 1 || again.Seq != 3 {
		t.Errorf("again %+v", again)
	}
}

func TestAnswersAsEachReceiver(t *testing.T) {
	for dialect, want := range map[string]int{"solo": 404, "sidecar": 201, "sidecar-draft": 400, "cloudevents": 415} {
		t.Run(dialect, func(t *testing.T) {
			url, lines := started(t, "--dialect", dialect)
			unread(lines)
			if status, answer := ask(t, http.MethodPost, url+"/", event, "Content-Type", "application/json"); status != want {
				t.Errorf("answered %d %s", status, answer)
			}
			if status, answer := ask(t, http.MethodGet, url+"/", ""); status != 200 || answer != "" {
				t.Errorf("health answered %d %s", status, answer)
			}
		})
	}
}

func TestPageNeedsNothingFromElsewhere(t *testing.T) {
	url, _ := started(t)
	status, shown := ask(t, http.MethodGet, url+"/", "", "Accept", "text/html,*/*")
	if status != 200 || !strings.Contains(shown, "<title>Events received</title>") {
		t.Errorf("page: %d %.80s", status, shown)
	}
	rest := strings.ReplaceAll(shown, "http://www.w3.org/2000/svg", "")
	for _, outside := range []string{"http://", "https://", "//cdn", "@import"} {
		if strings.Contains(rest, outside) {
			t.Errorf("the page has %s", outside)
		}
	}
	if info := askState(t, url, ""); info.Dialect != "solo" || !slices.Contains(info.Kinds, "broker-down") {
		t.Errorf("the page is told %+v", info)
	}
}

func TestFailsAsTold(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	status, said := ask(t, http.MethodPost, url+"/fail?status=429&count=2&retry-after=2&body=slow+down", "")
	if status != 200 || !strings.Contains(said, `"Status":429,"Body":"slow down","RetryAfter":"2",`) {
		t.Fatalf("fail: %d %s", status, said)
	}
	for range 2 {
		if status, said := send(t, url, "T"); status != 429 || said != "slow down\n" {
			t.Errorf("answered %d %s", status, said)
		}
	}
	ask(t, http.MethodPost, url+"/fail", "kind=reset&count=-1", "Content-Type", "application/x-www-form-urlencoded")
	for range 2 {
		if status, said := send(t, url, "T"); status != 0 {
			t.Errorf("answered %d %s", status, said)
		}
	}
	ask(t, http.MethodPost, url+"/heal", "")
	if status, said := send(t, url, "T"); status != 200 {
		t.Errorf("answered %d %s", status, said)
	}
}

func TestFailRefusesNonsense(t *testing.T) {
	url, _ := started(t)
	for query, want := range map[string]string{
		"status=99":          "status is \\\"99\\\": use 200 to 599",
		"status=x":           "status is",
		"count=0":            "or -1 for all until /heal",
		"count=-2":           "count is",
		"kind=explode":       "broker-down",
		"retry-after=soon":   "use seconds or an HTTP date",
		"retry-after=-1":     "use seconds or an HTTP date",
		"delay=5":            "500ms",
		"delay=2h":           "at most 1h",
		"for=5s":             "for is not known",
		"after=-1":           "after is",
		"stauts=503":         "stauts is not known",
		"body=%zz&status=50": "form: ",
	} {
		if status, said := ask(t, http.MethodPost, url+"/fail?"+query, ""); status != 400 || !strings.Contains(said, want) {
			t.Errorf("%s: %d %s", query, status, said)
		}
	}
	for _, query := range []string{
		"kind=slow&delay=1s",
		"retry-after=Sun,+22+Nov+2026+05:30:00+GMT",
		"kind=broker-down&after=2",
	} {
		if status, said := ask(t, http.MethodPost, url+"/fail?"+query, ""); status != 200 {
			t.Errorf("%s: %d %s", query, status, said)
		}
	}
}

func TestShowsWhatNoSubscriptionWants(t *testing.T) {
	url, lines := started(t, "--subscriptions", "aws.ec2,aws.events")
	answered := make(chan string, 1)
	go func() {
		status, said := send(t, url, "T")
		answered <- fmt.Sprint(status, " ", said)
	}()
	dropped := next(t, lines) // it is shown before it is answered
	if got := <-answered; got != "200 "+event+"\n" {
		t.Errorf("answered %s", got)
	}
	if dropped.Kind != "rejected" || dropped.Status != 200 ||
		dropped.Reason != "dropped: there is no subscription for aws.s3" {
		t.Errorf("shown as %+v", dropped)
	}
}
