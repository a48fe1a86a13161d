package main

import (
	"context"
	"errors"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// finish prints an error and, on lines of their own, what was done before it and what to do about it. It returns the
// exit code.
func (p *program) finish(err error, asJSON bool) int {
	code := exitFailed
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNoMatch):
		return exitFailed
	case settings.IsUsage(err), errors.Is(err, errUnattended):
		code = exitUsage
	case errors.Is(err, context.Canceled):
		err, code = interruption(err), exitInterrupted
	}
	var hinted stack.Hinted
	hint := ""
	if errors.As(err, &hinted) {
		hint = hinted.Hint()
	}
	if asJSON {
		_ = writeJSON(p.stdout, map[string]any{"type": "error", "error": err.Error(), "hint": hint})
	}
	problems := []string{err.Error()}
	if usage, is := errors.AsType[*settings.Error](err); is {
		problems = usage.Problems
	}
	for _, problem := range problems {
		p.say("error: %s", problem)
	}
	if failed, is := errors.AsType[*stack.RunError](err); is && len(failed.Done) > 0 {
		p.say("done before that: %s", doneList(failed.Done))
	}
	if hint != "" {
		p.say("→ %s", hint)
	}
	return code
}

// doneList names the resources; it only counts their parts, because there can be dozens.
func doneList(steps []stack.Step) string {
	var list []string
	for _, s := range steps {
		if !s.Part {
			list = append(list, s.What+" "+past(s.Action))
		}
	}
	if parts := len(steps) - len(list); parts > 0 {
		list = append(list, stack.Plural(parts, "part")+" of resources")
	}
	return strings.Join(list, ", ")
}

// interruption returns the error of an interrupted command, which says what the command had done: an error that is
// joined to context.Canceled says that.
func interruption(err error) error {
	failed, is := errors.AsType[*stack.RunError](err)
	if is && (failed.Verb == "up" || failed.Verb == "down") {
		return err
	}
	if more, joined := strings.CutPrefix(err.Error(), context.Canceled.Error()+"\n"); joined {
		return errors.New("interrupted; " + more)
	}
	return errors.New("interrupted, nothing was changed")
}
