package forwarder

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// deleteDelay is how long a delivered message may wait for others to be deleted with it. Whoever kills the process
// meanwhile makes the receiver see the event twice, so it is short; in a FIFO queue the next of the group waits for it,
// so it is none.
func deleteDelay(o *Options) time.Duration {
	if o.Ordered {
		return 0
	}
	return min(100*time.Millisecond, o.Visibility/8)
}

// delete tries until every message of the batch is deleted or its lease is lost. Meanwhile its visibility is renewed.
func (f *Forwarder) delete(ctx context.Context, batch []*lease) {
	for tries := 1; ; tries++ {
		errs := f.options.Source.Delete(ctx, messagesOf(batch))
		var left []*lease
		var last error
		for i, m := range batch {
			switch {
			case errs[i] == nil:
				f.metrics.deleted.Inc()
				f.drop(m)
			case errors.Is(errs[i], queue.ErrGone), ctx.Err() != nil, !f.leases.valid(m):
				f.metrics.deleteFailures.Inc()
				f.log.Warn("message of a delivered event could not be deleted: unless it is gone, the event is delivered twice",
					m.field(), m.errorField(errs[i]))
				f.drop(m)
			default:
				f.metrics.deleteFailures.Inc()
				left, last = append(left, m), errs[i]
			}
		}
		if len(left) == 0 {
			return
		}
		if tries == 1 {
			f.log.Warn(
				"messages are not deleted yet, will try again",
				zap.Int("messages", len(left)),
				left[0].field(),
				left[0].errorField(last),
			)
		}
		batch = left
		f.rest(ctx, tries)
	}
}

// rest comes between two tries to settle. Whoever stops has little time, so then it is short.
func (f *Forwarder) rest(ctx context.Context, tries int) {
	if f.draining.Err() == nil {
		Pause(f.draining, backoff(tries, 100*time.Millisecond, 5*time.Second))
		return
	}
	Pause(ctx, backoff(tries, 100*time.Millisecond, 250*time.Millisecond))
}

// release makes messages visible again, at once, for whoever receives next.
func (f *Forwarder) release(ctx context.Context, batch []*lease) {
	if f.draining.Err() != nil {
		<-f.polled // a receive still under way would bring them back at once
	}
	f.leases.stopRenewing(batch)
	for tries := 1; len(batch) > 0; tries++ {
		errs := f.options.Source.Extend(ctx, messagesOf(batch), 0)
		var left []*lease
		for i, m := range batch {
			switch {
			case errs[i] == nil, errors.Is(errs[i], queue.ErrGone):
				f.drop(m)
			case ctx.Err() != nil, !f.leases.valid(m):
				f.log.Warn(
					"message could not be released: it is visible when its visibility timeout ends", m.field(), m.errorField(errs[i]),
				)
				f.drop(m)
			default:
				left = append(left, m)
			}
		}
		if batch = left; len(batch) > 0 {
			f.rest(ctx, tries)
		}
	}
}

// drop ends a lease, and makes room for another.
func (f *Forwarder) drop(m *lease) {
	if m.span != nil {
		m.span.End()
	}
	f.leases.remove(m)
	f.inFlight.release(&m.Message)
	f.leased.Done()
}
