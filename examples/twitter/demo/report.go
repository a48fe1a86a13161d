package main

import (
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// reporter says what takes long while the stack comes up.
type reporter func(string, ...any)

// Note passes a line on.
func (r reporter) Note(text string) { r("%s", text) }

// Planned says what is about to be made.
func (r reporter) Planned(p stack.Plan) { r("stack %s: %d to create", p.Stack, p.Add) }

// Step leaves out what is over before it is read.
func (r reporter) Step(s stack.Step) {
	const long = 5 * time.Second
	switch {
	case s.Phase == stack.Started && s.Usual > long:
		r("%s: takes about %s", s.What, s.Usual)
	case s.Phase == stack.Done && s.Elapsed > long:
		r("%s: there after %s", s.What, s.Elapsed)
	case s.Phase == stack.Failed:
		r("%s: failed", s.What)
	}
}

// oneAtATime lets many say something at once.
func oneAtATime(say func(string, ...any)) func(string, ...any) {
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		say(format, args...)
	}
}
