package main

import (
	"context"
)

// interruptible returns a context that the first signal ends. What runs under it then has to end in order, and the
// second signal says what would be lost if it did not; the third ends the process.
func (c *command) interruptible(ctx context.Context, doing string) (context.Context, func()) {
	return c.endable(ctx,
		doing+" is being ended in order; this can take a while",
		"warning: "+doing+" is still writing down what it did. Killed now, it leaves the state's lock held, and what it is"+
			" creating unrecorded. Once more kills it.")
}

// brieflyInterruptible is for what ends soon, and loses nothing when it is killed: the second signal does so.
func (c *command) brieflyInterruptible(ctx context.Context, doing string) (context.Context, func()) {
	return c.endable(ctx, doing+"; once more ends at once")
}

// endable says one of the texts at each signal, and ends the process at the one after them.
func (c *command) endable(ctx context.Context, said ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.watch(said, cancel, over)
	}()
	return ctx, func() {
		close(over)
		<-ended
		cancel()
	}
}

func (c *command) watch(said []string, cancel func(), over <-chan struct{}) {
	for _, text := range append(said, "") {
		select {
		case <-over:
			return
		case <-c.signals:
		}
		if text == "" {
			c.kill()
			return
		}
		c.remark(text)
		cancel()
	}
}

// interruptedBy says what was done about it, unless err tells that this did not work.
func interruptedBy(err error, done string) error {
	if err != context.Canceled { //nolint:errorlint // joined with another, it is not alone
		done = err.Error()
	}
	return &interruptedError{text: "interrupted; " + done}
}

// interruptedError tells what a run that was interrupted had done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }

// Unwrap makes it what finish takes for an interruption.
func (e *interruptedError) Unwrap() error { return context.Canceled }
