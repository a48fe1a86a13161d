package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// TestTerminalsObeyNobody prints text with escape sequences in each of the ways in which the command prints foreign
// text.
func TestTerminalsObeyNobody(t *testing.T) {
	const evil = "a\x1b[31mb\u009b31mc\u202ed\x7f\x07"
	data, err := json.Marshal(map[string]string{"k": evil})
	if err != nil {
		t.Fatal(err)
	}
	for name, print := range map[string]func(c *program, out *bytes.Buffer){
		"an error":         func(c *program, _ *bytes.Buffer) { c.finish(errors.New(evil), false) },
		"an error as JSON": func(c *program, _ *bytes.Buffer) { c.finish(errors.New(evil), true) },
		"a note":           func(_ *program, out *bytes.Buffer) { progress{out: out}.Note(evil) },
		"a table":          func(_ *program, out *bytes.Buffer) { out.WriteString(table([][]string{{"~", "queue", evil}})) },
		"what the forwarder says": func(_ *program, out *bytes.Buffer) {
			from := &readiness{Queue: "ok", Receiver: evil, Delivered: evil, Unreachable: evil}
			s := stack.Status{Resources: []stack.Resource{{Kind: "queue"}}, Queue: &stack.Queue{}}
			out.WriteString(render("status.txt", diagnosedOf(s, from)))
		},
		"a dead letter": func(_ *program, out *bytes.Buffer) {
			out.WriteString(messageLine(&deadletter.Message{Reason: evil, EventID: evil, EventType: evil, Time: time.Now()}))
			out.WriteString(wholeMessage(&deadletter.Message{Reason: evil, Attributes: map[string]string{evil: evil}}))
		},
		"an event": func(_ *program, out *bytes.Buffer) {
			e := event.New("", evil, []byte(evil), time.Now())
			out.WriteString(eventText(&e, &relay.Line{Fate: "refused", Reason: evil}))
		},
		"an event as JSON": func(_ *program, out *bytes.Buffer) {
			_ = writeJSON(out, eventOf(data))
			_ = writeJSON(out, eventOf([]byte(evil)))
		},
		"a line of JSON": func(_ *program, out *bytes.Buffer) { _ = writeJSON(out, evil) },
		"a check": func(p *program, _ *bytes.Buffer) {
			r := result{
				File: evil, Pattern: evil, Error: evil, Mismatches: []pattern.Mismatch{{Path: evil, Wants: evil, Has: evil}},
			}
			for _, asJSON := range []bool{false, true} {
				c := &checker{program: p, JSON: asJSON}
				c.show(r, "", r.verdict())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			print(&program{stdout: &out, stderr: &out}, &out)
			got := out.String()
			if got == "" || strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), func(r rune) bool {
				return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
			}) {
				t.Errorf("it prints %q", got)
			}
		})
	}
}

func TestTheQuestion(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		asks, auto  bool
		destroy     bool
		lost        []string
		yes         bool
		question    string
	}{
		{name: "yes", typed: "y\n", asks: true, yes: true, question: "Apply these changes? [y/N] "},
		{name: "the whole word", typed: " YES \n", asks: true, yes: true, question: "Apply these changes? [y/N] "},
		{name: "no", typed: "n\n", asks: true, question: "Apply these changes? [y/N] "},
		{name: "nothing", typed: "\n", asks: true, question: "Apply these changes? [y/N] "},
		{name: "the end", typed: "", asks: true, question: "Apply these changes? [y/N] "},
		{name: "down", typed: "y\n", asks: true, destroy: true, yes: true, question: "Destroy all of stack mine? [y/N] "},
		{
			name:     "down with events",
			typed:    "y\n",
			asks:     true,
			destroy:  true,
			lost:     []string{"4 object versions", "about 2 waiting events"},
			yes:      true,
			question: "Destroy all of stack mine, and lose 4 object versions, about 2 waiting events? [y/N] ",
		},
		{name: "told not to ask", asks: true, auto: true, yes: true},
		{name: "told not to ask in a pipeline", auto: true, yes: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var errs strings.Builder
			cmd := &program{stdin: strings.NewReader(c.typed), stderr: &errs, asks: c.asks}
			yes, err := cmd.approver(c.auto)(t.Context(), stack.Plan{Stack: "mine", Destroy: c.destroy, Lost: c.lost})
			if err != nil || yes != c.yes || errs.String() != c.question {
				t.Errorf("%v, %v, %q", yes, err, errs.String())
			}
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	var errs strings.Builder
	cmd := &program{stdin: strings.NewReader("y\n"), stderr: &errs}
	for _, p := range []stack.Plan{{}, {Destroy: true}} {
		yes, err := cmd.approver(false)(t.Context(), p)
		if code := cmd.finish(err, false); yes || code != exitUsage || !strings.Contains(errs.String(), "AUTO_APPROVE=true") {
			t.Errorf("%v, %v, %d, %q", yes, err, code, errs.String())
		}
		errs.Reset()
	}
}

func TestTheQuestionIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	cmd := &program{stdin: r, stderr: io.Discard, asks: true}
	if yes, err := cmd.approver(false)(ctx, stack.Plan{}); yes || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", yes, err)
	}
}

func TestThreeInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		var killed atomic.Bool
		var errs strings.Builder
		c := &program{stderr: &errs, signals: signals, kill: func() { killed.Store(true) }}
		ctx, stop := c.interruptible(t.Context(), whileChanging...)
		signals <- os.Interrupt
		synctest.Wait()
		if ctx.Err() == nil || !strings.Contains(errs.String(), "stopping; the command still") || killed.Load() {
			t.Errorf("after the first: %v, %q", ctx.Err(), errs.String())
		}
		time.Sleep(sameSignal)
		signals <- os.Interrupt
		synctest.Wait()
		if !strings.Contains(errs.String(), "the state may stay locked, and resources that are being created") ||
			killed.Load() {
			t.Errorf("after the second: %q", errs.String())
		}
		time.Sleep(sameSignal)
		signals <- os.Interrupt
		synctest.Wait()
		if !killed.Load() {
			t.Error("the third does not kill")
		}
		stop()
	})
}

// TestOneSignalThatArrivesTwice sends a signal twice, as GNU timeout does: to the command, and then to its process
// group. A later signal is a second one.
func TestOneSignalThatArrivesTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		var killed atomic.Bool
		c := &program{stderr: &strings.Builder{}, signals: signals, kill: func() { killed.Store(true) }}
		_, stop := c.interruptible(t.Context(), "ending")
		signals <- syscall.SIGTERM
		time.Sleep(5 * time.Millisecond)
		signals <- syscall.SIGTERM
		synctest.Wait()
		if killed.Load() {
			t.Error("the same signal is taken for a second one")
		}
		time.Sleep(sameSignal)
		signals <- syscall.SIGTERM
		synctest.Wait()
		if !killed.Load() {
			t.Error("a later signal is not heard")
		}
		stop()
	})
}

func TestNothingIsInterruptedAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		c := &program{stderr: &strings.Builder{}, signals: signals}
		_, stop := c.interruptible(t.Context(), whileChanging...)
		stop()
		signals <- os.Interrupt
		ctx, stop := c.interruptible(t.Context(), whileChanging...)
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("the next run does not hear the signal")
		}
		stop()
	})
}
