package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// interruptible returns a context that the first signal ends; the work that uses it, up or down, must then finish
// cleanly. The second signal prints what would be lost if the process were killed; the third kills it.
func (p *program) interruptible(ctx context.Context) (context.Context, func()) {
	return p.endedBySignals(ctx,
		"stopping; the command still has to finish cleanly, which can take a while",
		"warning: the command is still recording what it did. If it is killed now, the state may stay locked, and "+
			"resources that are being created are not recorded. One more signal kills it.")
}

// interruptibleRead is interruptible for work that changes nothing in AWS.
func (p *program) interruptibleRead(ctx context.Context) (context.Context, func()) {
	return p.endedBySignals(ctx, "stopping, which can take a moment",
		"warning: if the command is killed now, the state may stay locked. One more signal kills it.")
}

// brieflyInterruptible is for work that ends soon after the first signal, and loses nothing if it is killed: the second
// signal kills it.
func (p *program) brieflyInterruptible(ctx context.Context, doing string) (context.Context, func()) {
	return p.endedBySignals(ctx, doing+"; another signal ends the command at once")
}

// endedBySignals returns a context that the first signal ends. At each signal it prints the next text, and at the
// signal after the last text it kills the process.
func (p *program) endedBySignals(ctx context.Context, texts ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for _, text := range texts {
			if !p.awaitSignal(over) {
				return
			}
			p.say("%s", text)
			cancel()
		}
		if p.awaitSignal(over) {
			p.kill()
		}
	})
	return ctx, func() {
		close(over)
		watcher.Wait()
		cancel()
	}
}

// sameSignal is the time within which a further signal counts as the same signal: GNU timeout sends its signal to the
// command, and then to the command's process group.
const sameSignal = time.Second

// awaitSignal waits for a new signal, and reports whether it came before over was closed.
func (p *program) awaitSignal(over <-chan struct{}) bool {
	for {
		select {
		case <-over:
			return false
		case <-p.signals:
		}
		if now := time.Now(); now.Sub(p.signalled) >= sameSignal {
			p.signalled = now
			return true
		}
	}
}

// interruption returns the error of an interrupted command, which says what the command had done.
func interruption(err error) error {
	var failed *stack.RunError
	if errors.As(err, &failed) && (failed.Verb == "up" || failed.Verb == "down") {
		return err
	}
	var known *interruptedError
	if errors.As(err, &known) {
		return known
	}
	return errors.New("interrupted, nothing was changed")
}

// interruptedError says what an interrupted run had done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }

// Unwrap makes finish recognise the error as an interruption.
func (*interruptedError) Unwrap() error { return context.Canceled }
