package localaws

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestStartsAnswersAndEnds(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	url := ""
	t.Run("while a test runs", func(t *testing.T) {
		url = Test(t, "--minute", "1")
		answers(t, url)
	})
	if url == "" {
		t.Skip("it was skipped")
	}
	if _, err := http.Get(url); err == nil { //nolint:bodyclose // there is no answer
		t.Error("it still answers")
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func answers(t *testing.T, url string) {
	t.Helper()
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("it is at %s", url)
	}
	if env := strings.Join(Env(url), " "); !strings.Contains(env, "AWS_ENDPOINT_URL="+url) {
		t.Errorf("environment %s", env)
	}
	resp, err := http.Get(url + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// trial is a test that start ends: its outcome is "skipped" or "failed", and the reason.
type trial struct {
	testing.TB
	ctx     context.Context //nolint:containedctx // a test has its own
	outcome string
}

func (l *trial) Context() context.Context { return l.ctx }
func (l *trial) Skip(args ...any)         { l.end("skipped", args) }
func (l *trial) Fatal(args ...any)        { l.end("failed", args) }

func (l *trial) end(how string, args []any) {
	l.outcome = how + " " + fmt.Sprintln(args...)
	runtime.Goexit()
}

// startFake starts a shell script as Python, or nothing if it is empty, and returns the outcome.
func startFake(ctx context.Context, t *testing.T, script string) string {
	t.Helper()
	bin := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(bin, "python3"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	l := &trial{TB: t, ctx: ctx}
	var ended sync.WaitGroup
	ended.Go(func() { l.outcome = "started at " + start(l, "python3") })
	ended.Wait()
	return l.outcome
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct{ name, python, ends, why string }{
		{"no Python", "", "skipped", `not available: start the local AWS: exec: "python3"`},
		{
			"no moto", "echo 'local_aws.py: moto is not installed' >&2; exit 3",
			"skipped", "not available: moto is not installed\n",
		},
		{"a failure", "echo one >&2; echo two >&2; exit 1", "failed", "exit status 1\none\ntwo"},
		{"it ends without a fault", "echo hello", "failed", "has ended by itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := startFake(t.Context(), t, c.python)
			if !strings.HasPrefix(got, c.ends) || !strings.Contains(got, c.why) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	// It goes on until its standard input ends, as the real one does, but never says where it is.
	got := startFake(ctx, t, "read nothing")
	if !strings.HasPrefix(got, "failed") || !strings.Contains(got, context.DeadlineExceeded.Error()) {
		t.Errorf("got %s", got)
	}
}
