package main

import (
	"context"
	"sync"
	"time"
)

// interruptible returns a context that the first signal ends. What runs under it then has to end in order, and the
// second signal says what would be lost if it did not; the third ends the process.
func (p *program) interruptible(ctx context.Context, doing string) (context.Context, func()) {
	return p.endable(ctx,
		doing+" is being ended in order; this can take a while",
		"warning: "+doing+" is still writing down what it did. Killed now, it leaves the state's lock held, and what it is"+
			" creating unrecorded. Once more kills it.")
}

// brieflyInterruptible is for what ends soon, and loses nothing when it is killed: the second signal does so.
func (p *program) brieflyInterruptible(ctx context.Context, doing string) (context.Context, func()) {
	return p.endable(ctx, doing+"; once more ends at once")
}

// endable says one of the texts at each signal, and ends the process at the one after them.
func (p *program) endable(ctx context.Context, texts ...string) (context.Context, func()) {
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

// sameSignal is how long a further signal is the one before it: GNU timeout sends its signal to the command, and then
// to the command's process group.
const sameSignal = time.Second

// awaitSignal waits for a signal that is a new one, and reports whether it came before the end.
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

// interruptedError tells what a run that was interrupted had done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }

// Unwrap makes it what finish takes for an interruption.
func (*interruptedError) Unwrap() error { return context.Canceled }
