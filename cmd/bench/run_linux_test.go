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
	if len(os.Args) != 3 || roles[os.Args[1]] == nil {
		return m.Run()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestRun(t *testing.T) {
	o := new(options)
	for i, m := range []mode{
		{Format: dispatch, Size: 700, Events: 200},
		{Format: sidecar, Size: 10_000, Events: 200},
		{Format: batch, Size: 700, Events: 200, Answer: 1 << 10},
		{Format: dispatch, Size: 700, Events: 200, Delay: time.Millisecond},
		{Format: structured, Size: 700, Events: 200, Receiver: tls1},
		{Format: structured, Size: 700, Events: 200, Queue: tls1, Receiver: tls2},
		{Format: dispatch, Size: 700, Events: 30, Rate: 300},
		{Format: dispatch, Size: 700, Events: 2, Idle: 20 * time.Millisecond},
	} {
		for name, program := range map[string]launch{"floor": launchFloor, "forwarder": o.launchForwarder(0)} {
			t.Run(fmt.Sprint(i, " ", name), func(t *testing.T) {
				s, err := measure(t.Context(), &m, program)
				if err != nil {
					t.Fatal(err)
				}
				if s[cpu] <= 0 || s[peak] < 1 || s[calls] < 100 || s[open] < 1 || s[accepted] < s[open] {
					t.Errorf("%+v", s)
				}
				if m.isBacklog() != s[perSecond].is() || m.isBacklog() == s[p99].is() || (m.Idle > 0) != s[idleCalls].is() {
					t.Errorf("figures that do not belong to the mode: %+v", s)
				}
				if s[p99].is() && (s[p99] < s[p50] || s[p50] <= 0) {
					t.Errorf("latencies %v and %v", s[p50], s[p99])
				}
			})
		}
	}
}

func TestProfiles(t *testing.T) {
	o := &options{profile: t.TempDir()}
	r := result{mode: mode{Name: "dispatch 0.7 kB, short", Format: dispatch, Size: 700, Events: 100}}
	if err := o.measureRound(t.Context(), &r, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1.cpu", "1.allocs"} {
		file, err := os.Stat(filepath.Join(o.profile, "dispatch-0.7-kB-short-"+name+".pprof"))
		if err != nil {
			t.Error(err)
		} else if file.Size() == 0 {
			t.Error(name, "is empty")
		}
	}
}

// floorTo starts the floor with another receiver than that of the run.
func floorTo(ctx context.Context, r *run, receiver string) (*process, error) {
	t := r.task
	t.ReceiverURL = receiver
	return start(ctx, roleFloor, &t)
}

func TestAWrongRunFails(t *testing.T) {
	m := mode{Format: dispatch, Size: 700, Events: 100}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer elsewhere.Close()
	for name, c := range map[string]struct {
		program launch
		want    string
	}{
		"events lost": {func(ctx context.Context, r *run) (*process, error) {
			return floorTo(ctx, r, elsewhere.URL)
		}, "of 1100 events 0 arrived"},
		"receiver not there": {func(ctx context.Context, r *run) (*process, error) {
			return floorTo(ctx, r, "http://127.0.0.1:1")
		}, "refused"},
		"no such program": {func(ctx context.Context, _ *run) (*process, error) {
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
	_, err := measure(ctx, &m, func(ctx context.Context, r *run) (*process, error) {
		c, err := launchFloor(ctx, r)
		cancel()
		return c, err
	})
	if err == nil {
		t.Error("ended as if nothing had happened")
	}
}
