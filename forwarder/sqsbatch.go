package forwarder

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// batcher collects messages and acts on them in tens: when ten are there, or the first has waited for delay.
type batcher struct {
	delay time.Duration
	act   func(ctx context.Context, batch []*lease) // blocks until every message is settled, one way or another
	in    chan *lease
	calls *semaphore.Weighted
	done  chan struct{}
}

// maxCalls bounds the calls under way of one kind. Those that fail keep their place while they are tried again, so what
// goes wrong slows down what is received.
const maxCalls = 64

func newBatcher(delay time.Duration, act func(context.Context, []*lease)) *batcher {
	return &batcher{
		delay: delay, act: act, in: make(chan *lease, queue.MaxBatch),
		calls: semaphore.NewWeighted(maxCalls), done: make(chan struct{}),
	}
}

// run ends when close has been called and all that was put in is acted on.
func (b *batcher) run(ctx context.Context) {
	defer close(b.done)
	var acting sync.WaitGroup
	defer acting.Wait()
	for first := range b.in {
		batch := b.collect(first)
		_ = b.calls.Acquire(context.WithoutCancel(ctx), 1)
		acting.Go(func() {
			defer b.calls.Release(1)
			b.act(ctx, batch)
		})
	}
}

// collect takes what is there and waits for more at most the delay.
func (b *batcher) collect(first *lease) []*lease {
	batch := append(make([]*lease, 0, queue.MaxBatch), first)
	timer := time.NewTimer(b.delay)
	defer timer.Stop()
	for late := false; len(batch) < queue.MaxBatch && !late; {
		select {
		case m, ok := <-b.in:
			if !ok {
				return batch
			}
			batch = append(batch, m)
		case <-timer.C:
			late = len(b.in) == 0 // what came at the same moment goes along
			timer.Reset(0)
		}
	}
	return batch
}

func (b *batcher) put(m *lease) { b.in <- m }
func (b *batcher) close()       { close(b.in) }
func (b *batcher) wait()        { <-b.done }
