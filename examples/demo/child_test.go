package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script starts a shell script as a child and waits for its first line.
func script(t *testing.T, c *children, text string) *child {
	t.Helper()
	out := make(firstLine, 1)
	one, err := c.start("the script", "/bin/sh", []string{"-c", text}, childEnv(), out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.kill)
	select {
	case <-out:
	case <-time.After(10 * time.Second):
		t.Fatal("the script says nothing")
	}
	return one
}

type firstLine chan string

func (f firstLine) Write(p []byte) (int, error) {
	select {
	case f <- string(p):
	default:
	}
	return len(p), nil
}

func TestChildEndsInOrder(t *testing.T) {
	var all children
	one := script(t, &all, `trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
	if got := all.left(); len(got) != 1 {
		t.Errorf("running: %v", got)
	}
	if err := one.stop(syscall.SIGTERM, 10*time.Second); err != nil {
		t.Error(err)
	}
	if got := all.left(); len(got) != 0 {
		t.Errorf("still running: %v", got)
	}
	if err := one.stop(syscall.SIGTERM, time.Second); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Errorf("stopped again: %v", err)
	}
}

func TestChildThatDoesNotEndIsKilledWithItsOwn(t *testing.T) {
	var all children
	one := script(t, &all, `trap '' TERM; sleep 1000 & echo ready; wait; while :; do sleep 1; done`)
	err := one.stop(syscall.SIGTERM, 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "the script had not ended") {
		t.Errorf("got %v", err)
	}
	for end := time.Now().Add(5 * time.Second); len(all.left()) > 0; {
		if time.Now().After(end) {
			t.Fatal("something of it still runs")
		}
	}
}

func TestChildThatFailsSaysWhy(t *testing.T) {
	var all children
	one := script(t, &all, `echo ready; echo one >&2; echo two >&2; exit 3`)
	<-one.ended
	if err := one.failure(); !strings.Contains(err.Error(), "the script: exit status 3\none\ntwo") {
		t.Errorf("got %v", err)
	}
	all.end()
	if _, err := all.start("late", "/bin/true", nil, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestChildEnvironmentIsNotThisShells(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_PROFILE", "TF_VAR_name", "PATTERNS", "NAME"} {
		t.Setenv(name, "of this shell")
	}
	env := strings.Join(childEnv("MORE=1"), "\n")
	if strings.Contains(env, "of this shell") || !strings.Contains(env, "PATH="+os.Getenv("PATH")) || !strings.HasSuffix(env, "MORE=1") {
		t.Errorf("environment:\n%s", env)
	}
}

func TestSignals(t *testing.T) {
	var out bytes.Buffer
	d := &demo{show: newShow(&out, false), interrupts: make(chan struct{}, 1)}
	one := script(t, &d.children, `trap '' TERM INT; echo ready; while :; do sleep 1; done`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	signals := make(chan os.Signal)
	go d.watch(ctx, signals, cancel)

	d.keeping.Store(true)
	signals <- os.Interrupt
	<-d.interrupts
	if ctx.Err() != nil {
		t.Error("the first Ctrl-C of KEEP ended the run")
	}
	signals <- os.Interrupt
	<-ctx.Done()
	signals <- os.Interrupt
	select {
	case <-one.ended:
	case <-time.After(10 * time.Second):
		t.Error("the last Ctrl-C killed nobody")
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, 0, "--keep"},
		{[]string{"--minute", "1h"}, 2, "MINUTE"},
		{[]string{"--nonsense"}, 2, "--nonsense"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), c.args, &out, nil); code != c.code || !strings.Contains(strings.ToUpper(out.String()), strings.ToUpper(c.says)) {
			t.Errorf("%v: %d %s", c.args, code, out.String())
		}
	}
}
