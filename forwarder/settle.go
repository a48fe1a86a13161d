package forwarder

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// deleteDelay is how long a delivered message may wait to be deleted together with others. It is short, because the
// receiver sees the event twice if the process is killed meanwhile. For a FIFO queue it is zero, because the next
// message of the group waits for the delete.
func deleteDelay(o *Options) time.Duration {
	if o.Ordered {
		return 0
	}
	return min(100*time.Millisecond, o.Visibility/8)
}

// delete deletes the messages of a batch. Until then their visibility timeouts are still extended.
func (f *Forwarder) delete(ctx context.Context, batch []*leasedMessage) {
	const failure = "event is delivered or in the dead-letter queue, but its message could not be deleted: the event " +
		"may be handled a second time"
	f.settle(ctx, batch, failure, func(messages []queue.Message) []error {
		errs := f.options.Source.Delete(ctx, messages)
		for _, err := range errs {
			if err == nil {
				f.metrics.deleted.Inc()
			} else {
				f.metrics.deleteFailures.Inc()
			}
		}
		return errs
	})
}

// release makes messages visible again at once, for whoever receives next.
func (f *Forwarder) release(ctx context.Context, batch []*leasedMessage) {
	if f.receiving.Err() != nil {
		<-f.receivesEnded // a receive in progress would return them at once
	}
	f.leases.stopRenewing(batch)
	const failure = "message could not be released: it becomes visible again when its visibility timeout ends"
	f.settle(ctx, batch, failure, func(messages []queue.Message) []error {
		errs := f.options.Source.Extend(ctx, messages, 0)
		for i, err := range errs {
			if errors.Is(err, queue.ErrLeaseLost) {
				errs[i] = nil // it is already visible to others, or deleted
			}
		}
		return errs
	})
}

// settle deletes or releases messages with call, and calls again for those that failed. If the lease of one is lost, or
// ctx has ended, it gives that message up and logs failure.
func (f *Forwarder) settle(
	ctx context.Context, batch []*leasedMessage, failure string, call func([]queue.Message) []error,
) {
	for tries := 1; ; tries++ {
		errs := call(messagesOf(batch))
		var left []*leasedMessage
		var last error
		for i, m := range batch {
			switch err := errs[i]; {
			case err == nil:
				f.leases.remove(m)
			case errors.Is(err, queue.ErrLeaseLost), ctx.Err() != nil, !f.leases.valid(m):
				f.log.Warn(failure, m.field(), m.errorField(err))
				f.leases.remove(m)
			default:
				left, last = append(left, m), err
			}
		}
		if len(left) == 0 {
			return
		}
		f.settleErr.Store(&last)
		if tries == 1 {
			f.log.Warn("messages are not deleted or released yet, will try again",
				zap.Int("messages", len(left)), left[0].field(), left[0].errorField(last))
			f.unsettled.Add(1)
			defer f.unsettled.Add(-1)
		}
		batch = left
		if f.receiving.Err() == nil {
			pause(f.receiving, backoff(tries, 100*time.Millisecond, 5*time.Second))
		} else { // there is little time left
			pause(ctx, backoff(tries, 100*time.Millisecond, 250*time.Millisecond))
		}
	}
}

// maxCalls limits the concurrent calls of one kind. A call that fails keeps its slot until it has succeeded
// or is no longer repeated. If many fail, leases end more slowly, and so fewer messages are received.
const maxCalls = 64

// inBatches settles the messages that arrive, when ten are waiting or when the first has waited for delay. It returns
// when arriving is closed and act has settled every batch.
func inBatches(arriving <-chan *leasedMessage, delay time.Duration, act func(batch []*leasedMessage)) {
	var calls errgroup.Group
	calls.SetLimit(maxCalls)
	for first := range arriving {
		batch := collect(first, arriving, delay)
		calls.Go(func() error {
			act(batch)
			return nil
		})
	}
	_ = calls.Wait() // the goroutines return no errors
}

// collect takes the messages that are waiting, and waits for more for at most the delay.
func collect(first *leasedMessage, arriving <-chan *leasedMessage, delay time.Duration) []*leasedMessage {
	batch := append(make([]*leasedMessage, 0, queue.MaxBatch), first)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for late := false; len(batch) < queue.MaxBatch && !late; {
		select {
		case m, ok := <-arriving:
			if !ok {
				return batch
			}
			batch = append(batch, m)
		case <-timer.C:
			late = len(arriving) == 0 // a message that arrived at the same moment is added, too
			timer.Reset(0)
		}
	}
	return batch
}
