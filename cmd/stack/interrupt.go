package main

import (
	"context"
)

// interruptible returns a context that the first signal ends. What runs under it then has to end in order, and the second
// signal says what would be lost if it did not; the third ends the process.
func (c *command) interruptible(ctx context.Context, doing string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.watch(doing, cancel, over)
	}()
	return ctx, func() {
		close(over)
		<-ended
		cancel()
	}
}

func (c *command) watch(doing string, cancel func(), over <-chan struct{}) {
	for count := 1; ; count++ {
		select {
		case <-over:
			return
		case <-c.signals:
		}
		switch count {
		case 1:
			c.remark(doing + " is being ended in order; this can take a while")
			cancel()
		case 2:
			c.remark("warning: " + doing + " is still writing down what it did. Killed now, it leaves the state's lock held, and what it is" +
				" creating unrecorded. Once more kills it.")
		default:
			c.kill()
			return
		}
	}
}
