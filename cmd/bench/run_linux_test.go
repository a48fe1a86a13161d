package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// TestMain lets the test's own program be the baseline.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == baselineRole {
		main()
		return
	}
	m.Run()
}

// buildForwarder makes the program that is measured.
func buildForwarder(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "forwarder")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", file, "../forwarder")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	*forwarder = file
}

func TestRun(t *testing.T) {
	buildForwarder(t)
	for i, m := range []benchCase{
		{format: "dispatch", size: 700, events: 200},
		{format: "dispatch-sidecar", size: 10_000, events: 200},
		{format: "batch", size: 700, events: 200, answer: 1 << 10},
		{format: "dispatch", size: 700, events: 200, delay: time.Millisecond},
		{format: "structured", size: 700, events: 200, tls: true},
		{format: "structured", size: 700, events: 200, sqsTLS: true, http2: true},
		{format: "dispatch", size: 700, events: 30, rate: 300},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := &result{benchCase: m}
			if err := r.measure(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, s := range []sample{r.baseline[0], r.ours[0]} {
				if s[cpu] <= 0 || s[peak] < 1 || s[calls] < 100 || s[connections] < 1 {
					t.Errorf("%+v", s)
				}
				if m.rate == 0 && s[perSecond] <= 0 || m.rate > 0 && (s[p99] < s[p50] || s[p50] <= 0) {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

func TestAWrongRunFails(t *testing.T) {
	*forwarder = filepath.Join(t.TempDir(), "nowhere")
	m := benchCase{format: "dispatch", size: 700, events: 100}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer elsewhere.Close()
	baselineTo := func(receiver string) func(*run) (*child.Process, error) {
		return func(r *run) (*child.Process, error) {
			r.receiverURL = receiver
			return startBaseline(r)
		}
	}
	for want, start := range map[string]func(*run) (*child.Process, error){
		"1100 events were sent and 0 of them arrived": baselineTo(elsewhere.URL),
		"refused":       baselineTo("http://127.0.0.1:1"),
		"start nowhere": startForwarder,
	} {
		if _, err := measure(t.Context(), &m, start); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAnInterruptedRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := benchCase{format: "dispatch", size: 700, events: 10_000, rate: 10}
	_, err := measure(ctx, &m, func(r *run) (*child.Process, error) {
		c, err := startBaseline(r)
		cancel()
		return c, err
	})
	if err == nil {
		t.Error("ended as if nothing had happened")
	}
}
