package child_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// script starts a shell script and waits until it has printed "ready".
func script(t *testing.T, o child.Options, text string) *child.Process {
	t.Helper()
	o.Name = "the script"
	p, err := child.Start(o, "/bin/sh", "-c", text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	if o.Stdout != nil {
		return p
	}
	if _, err := p.WaitForLine(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStopInOrder(t *testing.T) {
	p := script(t, child.Options{}, `trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
	if !p.IsGroupRunning() || p.HasEnded() {
		t.Error("it does not run")
	}
	if err := p.Stop(syscall.SIGTERM, 10*time.Second); err != nil {
		t.Error(err)
	}
	if p.IsGroupRunning() || p.Command.ProcessState.ExitCode() != 0 {
		t.Errorf("still there, or exit code %d", p.Command.ProcessState.ExitCode())
	}
	if err := p.Stop(syscall.SIGTERM, time.Second); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Errorf("stopped again: %v", err)
	}
}

func TestStopByInput(t *testing.T) {
	p := script(t, child.Options{Stdin: true}, `echo ready; read line; echo "read $line"; cat; exit 0`)
	if _, err := fmt.Fprintln(p.Stdin, "this"); err != nil {
		t.Fatal(err)
	}
	if got, err := p.WaitForLine(t.Context(), "read "); got != "this" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := p.Stop(0, 10*time.Second); err != nil {
		t.Error(err)
	}
}

func TestOneThatDoesNotEndIsKilledWithItsGroup(t *testing.T) {
	p := script(t, child.Options{}, `trap '' TERM; sleep 1000 & echo ready; wait; while :; do sleep 1; done`)
	err := p.Stop(syscall.SIGTERM, 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "the script had not ended") {
		t.Errorf("got %v", err)
	}
	for end := time.Now().Add(5 * time.Second); p.IsGroupRunning(); {
		if time.Now().After(end) {
			t.Fatal("something of it still runs")
		}
	}
}

func TestFailureNamesTheReason(t *testing.T) {
	p := script(t, child.Options{}, `echo ready; echo one >&2; echo two >&2; exit 3`)
	<-p.Ended
	err, state := p.Err, p.Command.ProcessState
	if err == nil || err.Error() != "the script: exit status 3\nready\none\ntwo" || state.ExitCode() != 3 {
		t.Errorf("got %v, %v", err, state)
	}
	if _, err := p.WaitForLine(t.Context(), "never"); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if _, err := child.Start(child.Options{}, "/no/such/program"); err == nil ||
		!strings.Contains(err.Error(), "start program") {
		t.Errorf("got %v", err)
	}
}

func TestWaitForLineEndsWithItsContext(t *testing.T) {
	p := script(t, child.Options{}, `echo ready; echo busy >&2; sleep 1000`)
	if _, err := p.WaitForLine(t.Context(), "busy"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.WaitForLine(ctx, "never"); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("got %v", err)
	}
}

func TestOutput(t *testing.T) {
	var out, log bytes.Buffer
	p := script(t, child.Options{Stdout: &out, Log: &log, Env: []string{"WHO=child"}}, `echo "I am $WHO"; echo failed >&2`)
	if <-p.Ended; p.Err != nil {
		t.Error(p.Err)
	}
	if out.String() != "I am child\n" || log.String() != "failed\n" || p.LastLines(9) != "failed" {
		t.Errorf("printed %q, logged %q, kept %q", out.String(), log.String(), p.LastLines(9))
	}
	p = script(t, child.Options{},
		`echo ready; i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo "$i .................................."; done`)
	if <-p.Ended; p.Err != nil {
		t.Error(p.Err)
	}
	if n := len(p.LastLines(10_000)); n > 200_000 || p.LastLines(1) != "5000 .................................." {
		t.Errorf("%d bytes kept, the last line is %q", n, p.LastLines(1))
	}
}

// TestMain is also the process that is killed while its child runs.
func TestMain(m *testing.M) {
	if os.Getenv("START_A_CHILD") == "" {
		os.Exit(m.Run())
	}
	p, err := child.Start(child.Options{}, "/bin/sleep", "1000")
	if err != nil {
		panic(err)
	}
	fmt.Println("child", p.Command.Process.Pid)
	select {}
}
