package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own program take the roles of a run.
func TestMain(m *testing.M) { os.Exit(program(m)) }

func program(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 3 {
		if done, err := play(ctx, os.Args[1], []byte(os.Args[2]), os.Stdin, os.Stdout); done {
			if err != nil {
				_, _ = fmt.Fprintln(os.Stderr, err)
				return 1
			}
			return 0
		}
	}
	return m.Run()
}

func TestRun(t *testing.T) {
	o := new(options)
	for _, m := range []mode{
		{Format: dispatch, Size: 700, Events: 200},
		{Format: sidecar, Size: 10_000, Events: 200},
		{Format: batch, Size: 700, Events: 200, Answer: 1 << 10},
		{Format: dispatch, Size: 700, Events: 200, Delay: time.Millisecond},
		{Format: dispatch, Size: 700, Events: 30, Rate: 300},
		{Format: dispatch, Size: 700, Events: 2, Idle: 20 * time.Millisecond},
	} {
		for name, program := range map[string]launch{"floor": o.launchFloor(0), "forwarder": o.launchForwarder(0)} {
			t.Run(m.name()+", "+name, func(t *testing.T) {
				s, err := measure(t.Context(), &m, program)
				if err != nil {
					t.Fatal(err)
				}
				if s.CPU <= 0 || s.Peak < 1 || s.Calls < 100 || s.Open < 1 || s.Accepted < s.Open {
					t.Errorf("%+v", s)
				}
				if m.backlog() != s.PerSecond.is() || m.backlog() == s.P99.is() || (m.Idle > 0) != s.IdleCalls.is() {
					t.Errorf("figures that do not belong to the mode: %+v", s)
				}
				if s.P99.is() && (s.P99 < s.P50 || s.P50 <= 0) {
					t.Errorf("latencies %v and %v", s.P50, s.P99)
				}
			})
		}
	}
}

func TestProfiles(t *testing.T) {
	o := &options{profile: t.TempDir()}
	r := result{mode: mode{Name: "dispatch 0.7 kB, short", Format: dispatch, Size: 700, Events: 100}}
	if err := o.round(t.Context(), &r, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"floor-1.cpu", "floor-1.allocs", "forwarder-1.cpu", "forwarder-1.allocs"} {
		file, err := os.Stat(filepath.Join(o.profile, "dispatch-0.7-kB-short-"+name+".pprof"))
		if err != nil {
			t.Error(err)
		} else if file.Size() == 0 {
			t.Error(name, "is empty")
		}
	}
}

func TestAWrongRunFails(t *testing.T) {
	m := mode{Format: dispatch, Size: 700, Events: 100}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer elsewhere.Close()
	for name, c := range map[string]struct {
		program launch
		want    string
	}{
		"events lost": {func(ctx context.Context, s *stage) (*child, error) {
			return start(ctx, roleFloor, floor{Queue: s.url, Receiver: elsewhere.URL, Loops: 1, Posts: 1})
		}, "of 1100 events 0 arrived"},
		"receiver not there": {func(ctx context.Context, s *stage) (*child, error) {
			return start(ctx, roleFloor, floor{Queue: s.url, Receiver: "http://127.0.0.1:1/", Loops: 1, Posts: 1})
		}, "refused"},
		"no such program": {func(ctx context.Context, _ *stage) (*child, error) {
			return startProgram(ctx, "forwarder", nil, t.TempDir()+"/forwarder")
		}, "start forwarder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := measure(t.Context(), &m, c.program)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnInterruptedRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := mode{Format: dispatch, Size: 700, Events: 100, Idle: time.Minute}
	_, err := measure(ctx, &m, func(ctx context.Context, s *stage) (*child, error) {
		c, err := new(options).launchFloor(0)(ctx, s)
		cancel()
		return c, err
	})
	if err == nil {
		t.Error("ended as if nothing had happened")
	}
}
