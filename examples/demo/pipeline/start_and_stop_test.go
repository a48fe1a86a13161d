package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/receiver/page"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestKeepUntilInterrupt presses Ctrl-C: the first one ends the waiting but not the rest of the demo, which the next
// one ends.
func TestKeepUntilInterrupt(t *testing.T) {
	var out bytes.Buffer
	p := &Pipeline{out: &out, Keep: true, receiver: &page.Page{}}
	p.records = make(chan sinktest.Record, 1)
	const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"
	forwarder, err := p.start(child.Options{}, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(forwarder.Kill)
	if _, err := forwarder.WaitForLine(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	p.forwarder = forwarder
	p.records <- sinktest.Record{ID: "e1"}
	interrupt := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	handled := ""
	ctx, err := p.Finish(untilInterrupt(), "this", func(_ context.Context, r sinktest.Record) error {
		handled = r.ID
		interrupt()
		return nil
	})
	if err != nil || ctx.Err() != nil || handled != "e1" {
		t.Errorf("handled %q, then %v, %v", handled, err, ctx.Err())
	}
	interrupt()
	<-ctx.Done()
}

func TestKeepFailsWithTheForwarder(t *testing.T) {
	p := &Pipeline{out: &bytes.Buffer{}, Keep: true, receiver: &page.Page{}}
	var err error
	p.forwarder, err = p.start(child.Options{Name: "forwarder"}, "/bin/sh", "-c", "echo why; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Finish(t.Context(), "this", nil)
	if err == nil || !strings.Contains(err.Error(), "exit status 3\nwhy") {
		t.Errorf("got %v", err)
	}
}

// TestClose has one child that ends when it is asked to, one that has ended, and one that ends with its input.
func TestClose(t *testing.T) {
	p := &Pipeline{out: &bytes.Buffer{}}
	for _, c := range []struct {
		options child.Options
		script  string
	}{
		{child.Options{}, "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"},
		{child.Options{}, "echo ready"},
		{child.Options{Stdin: true}, "echo ready; read line; exit 0"},
	} {
		process, err := p.start(c.options, "/bin/sh", "-c", c.script)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(process.Kill)
		if _, err := process.WaitForLine(t.Context(), "ready"); err != nil {
			t.Fatal(err)
		}
	}
	<-p.processes[1].Ended
	all := p.processes
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for _, process := range all {
		if !process.HasEnded() {
			t.Errorf("%s has not ended", process.Name)
		}
	}
}

func TestInterruptedRun(t *testing.T) {
	var out bytes.Buffer
	p := &Pipeline{out: &out}
	code := p.run(func(ctx context.Context, _ *Pipeline) error {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Second):
			return errors.New("the interrupt ended nothing")
		}
	})
	if code != 130 || !strings.Contains(out.String(), "Interrupted: ") {
		t.Errorf("%d %s", code, out.String())
	}
}

func TestFailedRun(t *testing.T) {
	var out bytes.Buffer
	p := &Pipeline{out: &out}
	code := p.run(func(context.Context, *Pipeline) error { return errors.New("mine") })
	if code != 1 || !strings.Contains(out.String(), "FAILED: mine\n") {
		t.Errorf("%d %s", code, out.String())
	}
}

func TestEnvironmentIsNotThisShells(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_PROFILE", "TF_VAR_name", "PATTERNS", "NAME"} {
		t.Setenv(name, "of this shell")
	}
	p := &Pipeline{Env: []string{"PATTERNS=of the local AWS"}}
	printed, err := p.start(child.Options{Env: []string{"MORE=1"}}, "env")
	if err != nil {
		t.Fatal(err)
	}
	if <-printed.Ended; printed.Err != nil {
		t.Fatal(printed.Err)
	}
	env := printed.LastLines(100)
	if strings.Contains(env, "of this shell") || !strings.Contains(env, "PATH="+os.Getenv("PATH")) ||
		!strings.HasSuffix(env, "PATTERNS=of the local AWS\nMORE=1") {
		t.Errorf("environment:\n%s", env)
	}
}

func TestReceiveFailsIfAnEventIsRefused(t *testing.T) {
	p := &Pipeline{out: &bytes.Buffer{}, records: make(chan sinktest.Record, 1), forwarder: &child.Process{}}
	p.received(sinktest.Record{Refused: true, Status: 422, Reason: "why"})
	err := p.Receive(t.Context(), time.Minute, func() bool { return false }, nil)
	if err == nil || !strings.Contains(err.Error(), "refused a request: 422 why") {
		t.Errorf("got %v", err)
	}
	if p.forwarder, err = p.start(child.Options{Stdin: true}, "/bin/sh", "-c", "read line; exit 0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.forwarder.Kill)
	p.records <- sinktest.Record{Refused: true, Status: 422, Reason: "at the end"}
	accept := func(context.Context, sinktest.Record) error { return nil }
	if _, err = p.Finish(t.Context(), "", accept); err == nil || !strings.Contains(err.Error(), "422 at the end") {
		t.Errorf("got %v", err)
	}
	p.Keep = true
	if p.received(sinktest.Record{Refused: true}); len(p.records) > 0 {
		t.Error("a person cannot make the receiver fail")
	}
}
