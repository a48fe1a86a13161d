package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

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
	if err := cmd.upAndForward(t.Context(), &Config{CleanUp: true}, &relay.Settings{}); err == nil {
		t.Error("run begins what it cannot clean up")
	} else if unattended := new(unattendedError); !errors.As(err, &unattended) {
		t.Error(err)
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
