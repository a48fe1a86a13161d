package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// follow opens the page's stream; messages come as "name data".
// last is a number, of the receiver that is there; or another id as it is.
func follow(t *testing.T, url, last string) <-chan string {
	t.Helper()
	if _, err := strconv.Atoi(last); err == nil {
		hello := until(t, follow(t, url, ""), "hello ")
		_, born, _ := strings.Cut(strings.TrimSuffix(hello, `"}`), `"born":"`)
		last = born + "-" + last
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/stream", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", last)
	resp, err := http.DefaultClient.Do(req) //nolint:bodyclose // closed by the reader below
	if err != nil {
		t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("the stream is %s", kind)
	}
	messages := make(chan string, 100)
	go func() {
		defer func() { _ = resp.Body.Close(); close(messages) }()
		name := ""
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if n, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = n
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				messages <- name + " " + data
			}
		}
	}()
	return messages
}

// until reads messages up to the one that starts so, and returns that one.
func until(t *testing.T, messages <-chan string, start string) string {
	t.Helper()
	for {
		select {
		case m := <-messages:
			if strings.HasPrefix(m, start) {
				return m
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no %s", start)
		}
	}
}

func TestStreamShowsWhatWasAndWhatComes(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	send(t, url, "T")
	live := follow(t, url, "")
	var e entry
	first := until(t, live, "event ")
	if err := json.Unmarshal([]byte(strings.TrimPrefix(first, "event ")), &e); err != nil || e.ID != "e1" || e.Seq != 1 {
		t.Errorf("%v: %s", err, first)
	}
	until(t, live, `counts {"events":1,"duplicates":0,"rejected":0}`)
	send(t, url, "")
	if m := until(t, live, "rejected "); !strings.Contains(m, "authToken in query is required") {
		t.Error(m)
	}
	send(t, url, "T")
	until(t, live, `counts {"events":1,"duplicates":1,"rejected":1}`)

	if m := until(t, follow(t, url, "2"), "event "); !strings.Contains(m, `"copy":1`) {
		t.Errorf("after the second came %s", m)
	}
	if m := until(t, follow(t, url, "before-2"), "event "); !strings.Contains(m, `"seq":1,`) {
		t.Errorf("to a page of an earlier receiver came %s", m)
	}
}

func TestStreamTellsHowItFails(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	live := follow(t, url, "")
	until(t, live, "failing []")
	ask(t, http.MethodPost, url+"/fail?status=503&count=2", "")
	until(t, live, `failing [{"kind":"status","status":503,"left":2,"words":"503 Service Unavailable"}]`)
	send(t, url, "T")
	until(t, live, `failing [{"kind":"status","status":503,"left":1,`)
	ask(t, http.MethodPost, url+"/heal", "")
	until(t, live, "failing []")
	ask(t, http.MethodPost, url+"/fail?kind=stall&for=1s", "")
	until(t, live, `failing [{"kind":"stall","until":`)
	until(t, live, "failing []") // by the clock alone
}

func TestFeedForgetsTheOldest(t *testing.T) {
	f := newFeed(2)
	for i := range 5 {
		f.add(entry{Kind: "event", ID: fmt.Sprint(i)})
	}
	entries, sum, _ := f.since(0)
	if len(entries) != 2 || entries[0].ID != "3" || sum.Events != 5 {
		t.Errorf("%+v %+v", entries, sum)
	}
}

func TestLinesToRead(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 30, 0, 0, time.UTC)
	copied := entry{Kind: "event", At: at, Type: "aws.s3", Subject: "k", ID: "e", Copy: 1}
	for _, c := range []struct {
		entry
		want string
	}{
		{entry{Kind: "ready", Dialect: "sidecar", URL: "http://x"}, "sidecar receiver at http://x (page and events)"},
		{entry{Kind: "rejected", At: at, Status: 401, Reason: "no"}, "05:30:00.000  refused 401  no"},
		{entry{Kind: "rejected", At: at, Reason: "stalled"}, "05:30:00.000  refused without an answer  stalled"},
		{copied, fmt.Sprintf("05:30:00.000  aws.s3%14s  k%39s  e  (copy 1)", "", "")},
	} {
		var out bytes.Buffer
		if printer(&out, false)(c.entry); out.String() != c.want+"\n" {
			t.Errorf("%q, want %q", out.String(), c.want)
		}
	}
}

// TestLinesObeyNobody has an event hold what a terminal obeys.
func TestLinesObeyNobody(t *testing.T) {
	const evil = "a\x1b[31mb\u009b31mc\u202ed\x7f\r\n\U000e0041e"
	for _, e := range []entry{
		{Kind: "event", ID: evil, Type: evil, Subject: evil, Data: evil, Mode: evil},
		{Kind: "rejected", Reason: evil},
	} {
		for _, asJSON := range []bool{false, true} {
			var out bytes.Buffer
			printer(&out, asJSON)(e)
			line := strings.TrimSuffix(out.String(), "\n")
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("printed %q", line)
			}
			var read entry
			if asJSON && (json.Unmarshal([]byte(line), &read) != nil || read != e) {
				t.Errorf("%q is read as %+v", line, read)
			}
		}
	}
}

// TestOtherSitesCannotHaveItFail has pages of other sites ask: one that says so, and one whose name was bound to the
// receiver's address, so that a browser takes both for the same site.
func TestOtherSitesCannotHaveItFail(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	for _, path := range []string{"POST /fail?count=-1", "POST /heal", "GET /fail", "GET /stream", "GET /info"} {
		method, path, _ := strings.Cut(path, " ")
		if method == http.MethodPost {
			site := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://example.invalid"}
			if status, said := ask(t, method, url+path, "", site...); status != 403 {
				t.Errorf("%s %s of another site: %d %s", method, path, status, said)
			}
		}
		if status, said := ask(t, method, url+path, "", "Host", "example.invalid"); status != 403 {
			t.Errorf("%s %s of a bound name: %d %s", method, path, status, said)
		}
	}
	for _, host := range []string{"localhost", "localhost:8080", "[::1]:8080", "127.0.0.1"} {
		if status, said := ask(t, http.MethodGet, url+"/fail", "", "Host", host); status != 200 {
			t.Errorf("%s: %d %s", host, status, said)
		}
	}
	if status, said := ask(t, http.MethodGet, url+"/", "", "Host", "receiver"); status != 200 {
		t.Errorf("health: %d %s", status, said)
	}
	if status, said := send(t, url, "T"); status != 200 {
		t.Errorf("answered %d %s", status, said)
	}
}

func TestAbout(t *testing.T) {
	for data, want := range map[string]string{
		`{"detail":{"object":{"key":"k"}},"resources":["r"]}`: "k",
		`{"detail":{"requestParameters":{"key":"k"}}}`:        "k",
		`{"resources":["r"],"detail":{"object":"x"}}`:         "",
		`{"resources":["r"]}`:                                 "r",
		`text`:                                                "",
	} {
		if got := about([]byte(data)); got != want {
			t.Errorf("%s is about %q, want %q", data, got, want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, 0, "--dialect"},
		{[]string{"--dialect", "http"}, 2, "sidecar-draft"},
		{[]string{"--nonsense"}, 2, "--nonsense"},
		{[]string{"--addr", "nowhere:x"}, 1, "listen: "},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), c.args, &out, &out); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%v: %d %s", c.args, code, out.String())
		}
	}
}
