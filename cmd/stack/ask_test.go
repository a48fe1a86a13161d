package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func TestTheQuestion(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		asks, auto  bool
		destroy     bool
		yes         bool
		question    string
	}{
		{name: "yes", typed: "y\n", asks: true, yes: true, question: "Do this? [y/N] "},
		{name: "the whole word", typed: " YES \n", asks: true, yes: true, question: "Do this? [y/N] "},
		{name: "no", typed: "n\n", asks: true, question: "Do this? [y/N] "},
		{name: "nothing", typed: "\n", asks: true, question: "Do this? [y/N] "},
		{name: "the end", typed: "", asks: true, question: "Do this? [y/N] "},
		{name: "down", typed: "y\n", asks: true, destroy: true, yes: true, question: "Remove all of stack mine? [y/N] "},
		{name: "told not to ask", asks: true, auto: true, yes: true},
		{name: "nobody to ask", yes: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var errs strings.Builder
			cmd := &command{stdin: strings.NewReader(c.typed), stderr: &errs, asks: c.asks}
			yes, err := cmd.approver(c.auto)(t.Context(), stack.Plan{Stack: "mine", Destroy: c.destroy})
			if err != nil || yes != c.yes || errs.String() != c.question {
				t.Errorf("%v, %v, %q", yes, err, errs.String())
			}
		})
	}
}

func TestTheQuestionIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	cmd := &command{stdin: r, stderr: io.Discard, asks: true}
	if yes, err := cmd.approver(false)(ctx, stack.Plan{}); yes || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", yes, err)
	}
}
