package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/examples/receiver/page"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// state is the answer that the page gets.
type state struct {
	Born    string
	Dialect string
	Kinds   []string
	Entries []page.Entry
	Counts  sinktest.Counts
	Failing []sinktest.Fault
}

func askState(t *testing.T, url, query string) state {
	t.Helper()
	var s state
	status, answer := ask(t, http.MethodGet, url+"/state?"+query, "")
	if err := json.Unmarshal([]byte(answer), &s); status != 200 || err != nil {
		t.Fatalf("state: %d %s %v", status, answer, err)
	}
	return s
}

func TestStateHasWhatThePageDoesNotHave(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	if askState(t, url, "").Entries == nil {
		t.Error("before the first event there is no list, which the page could not read")
	}
	send(t, url, "T")
	first := askState(t, url, "")
	if len(first.Entries) != 1 || first.Entries[0].ID != "e1" || first.Entries[0].Seq != 1 {
		t.Errorf("after one event: %+v", first)
	}
	send(t, url, "")
	send(t, url, "T")
	next := askState(t, url, "after=1&born="+first.Born)
	if len(next.Entries) != 2 || !strings.Contains(next.Entries[0].Reason, "authToken in query is required") ||
		next.Entries[1].Copy != 1 || next.Counts != (sinktest.Counts{Accepted: 2, Distinct: 1, Rejected: 1}) {
		t.Errorf("after a refusal and a copy: %+v", next)
	}
	if again := askState(t, url, "after=2&born=before"); len(again.Entries) != 3 {
		t.Errorf("a page of an earlier receiver is told %+v", again)
	}
}

func TestStateTellsHowItFails(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	ask(t, http.MethodPost, url+"/fail?status=503&count=2", "")
	want := sinktest.Fault{Kind: sinktest.Status, Status: 503, Left: 2}
	if got := askState(t, url, "").Failing; len(got) != 1 || got[0] != want {
		t.Errorf("it fails as %+v", got)
	}
	send(t, url, "T")
	if got := askState(t, url, "").Failing; len(got) != 1 || got[0].Left != 1 {
		t.Errorf("after one it fails as %+v", got)
	}
	ask(t, http.MethodPost, url+"/heal", "")
	if got := askState(t, url, "").Failing; len(got) != 0 {
		t.Errorf("healed, it fails as %+v", got)
	}
	ask(t, http.MethodPost, url+"/fail?kind=stall&count=-1&delay=1s", "")
	got := askState(t, url, "").Failing
	if len(got) != 1 || got[0].Left != -1 || got[0].Kind != sinktest.Stall || got[0].Delay != time.Second {
		t.Errorf("until it is healed it fails as %+v", got)
	}
}

func TestPageForgetsTheOldest(t *testing.T) {
	url, lines := started(t, "--keep-events=2")
	unread(lines)
	for range 5 {
		send(t, url, "T")
	}
	got := askState(t, url, "")
	if len(got.Entries) != 2 || got.Entries[0].Seq != 4 || got.Counts != (sinktest.Counts{Accepted: 5, Distinct: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestLinesToRead(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 30, 0, 0, time.UTC)
	copied := sinktest.Record{At: at, Type: "aws.s3", Subject: "k", ID: "e", Copy: 1}
	for _, c := range []struct {
		record sinktest.Record
		want   string
	}{
		{sinktest.Record{Refused: true, At: at, Status: 401, Reason: "no"}, "05:30:00.000  refused 401  no"},
		{sinktest.Record{Refused: true, At: at, Status: 200, Reason: "dropped"}, "05:30:00.000  dropped"},
		{sinktest.Record{Refused: true, At: at, Reason: "stalled"}, "05:30:00.000  refused without an answer  stalled"},
		{copied, fmt.Sprintf("05:30:00.000  aws.s3%14s  k%39s  e  (copy 1)", "", "")},
	} {
		var out bytes.Buffer
		if show(&out, c.record, false); out.String() != c.want+"\n" {
			t.Errorf("%q, want %q", out.String(), c.want)
		}
	}
}

// TestLinesObeyNobody has an event hold what a terminal obeys.
func TestLinesObeyNobody(t *testing.T) {
	const evil = "a\x1b[31mb\u009b31mc\u202ed\x7f\r\n\U000e0041e"
	for _, r := range []sinktest.Record{
		{ID: evil, Type: evil, Subject: evil, Data: []byte(evil), Mode: evil},
		{Refused: true, Reason: evil},
	} {
		for _, asJSON := range []bool{false, true} {
			var out bytes.Buffer
			show(&out, r, asJSON)
			line := strings.TrimSuffix(out.String(), "\n")
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("printed %q", line)
			}
			var read page.Entry
			if asJSON && (json.Unmarshal([]byte(line), &read) != nil || read.ID != r.ID || read.Type != r.Type ||
				read.Subject != r.Subject || read.Data != string(r.Data) || read.Mode != r.Mode || read.Reason != r.Reason) {
				t.Errorf("%q is read as %+v", line, read)
			}
		}
	}
}

func TestFirstLine(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int)
	go func() { ended <- run(ctx, []string{"--addr", "127.0.0.1:0", "--dialect", "sidecar"}, in, in) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	want := regexp.MustCompile(`^sidecar receiver at http://127[.0-9:]+ \(page and events\)\n$`)
	if err != nil || !want.MatchString(line) {
		t.Errorf("%q %v", line, err)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// TestOtherSitesCannotHaveItFail has pages of other sites ask: one that says so, and one whose name was bound to the
// receiver's address, so that a browser takes both for the same site.
func TestOtherSitesCannotHaveItFail(t *testing.T) {
	url, lines := started(t)
	unread(lines)
	for _, path := range []string{"POST /fail?count=-1", "POST /heal", "GET /fail", "GET /state"} {
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

func TestSubject(t *testing.T) {
	for data, want := range map[string]string{
		`{"detail":{"object":{"key":"k"}},"resources":["r"]}`: "k",
		`{"detail":{"requestParameters":{"key":"k"}}}`:        "k",
		`{"resources":["r"],"detail":{"object":"x"}}`:         "",
		`{"resources":["r"]}`:                                 "r",
		`text`:                                                "",
	} {
		if got := page.Subject(sinktest.Record{Data: []byte(data)}); got != want {
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
