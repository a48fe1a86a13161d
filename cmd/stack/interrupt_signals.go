package main

import (
	"context"
	"sync"
	"time"
)

// The texts for the first and the second signal, if a command must finish cleanly. The second one says what would be
// lost if the process were killed.
var (
	whileChanging = []string{
		"stopping; the command still has to finish cleanly, which can take a while",
		"warning: the command is still recording what it did. If it is killed now, the state may stay locked, and " +
			"resources that are being created are not recorded. One more signal kills it.",
	}
	whileReading = []string{
		"stopping, which can take a moment",
		"warning: if the command is killed now, the state may stay locked. One more signal kills it.",
	}
)

// sameSignal is the time within which a further signal counts as the same signal: GNU timeout sends its signal to the
// command, and then to the command's process group.
const sameSignal = time.Second

// interruptible returns a context that the first signal ends. At each signal it prints the next text, and the signal
// after the last text kills the process.
func (p *program) interruptible(ctx context.Context, texts ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	var last time.Time // when the last signal arrived
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-p.signals:
			}
			if time.Since(last) < sameSignal {
				continue
			}
			last = time.Now()
			if len(texts) == 0 {
				p.kill()
				return
			}
			p.say("%s", texts[0])
			cancel()
			texts = texts[1:]
		}
	})
	return ctx, func() {
		close(over)
		watcher.Wait()
		cancel()
	}
}
