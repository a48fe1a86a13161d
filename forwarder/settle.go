package forwarder

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// deleteDelay is how long a delivered message may wait for others to be deleted with it. Whoever kills the process meanwhile
// makes the receiver see the event twice, so it is short; in a FIFO queue the next of the group waits for it, so it is none.
func deleteDelay(o Options) time.Duration {
	if o.Ordered {
		return 0
	}
	return min(100*time.Millisecond, o.Visibility/8)
}

// delete tries until every message of the batch is deleted or no longer ours. Meanwhile its visibility is renewed.
func (f *Forwarder) delete(ctx context.Context, batch []*held) {
	for tries := 1; ; tries++ {
		errs := f.Source.Delete(ctx, messagesOf(batch))
		var left []*held
		var last error
		for i, m := range batch {
			switch {
			case errs[i] == nil:
				f.metrics.deleted.Inc()
				f.drop(m)
			case errors.Is(errs[i], queue.ErrGone), ctx.Err() != nil, !f.held.isOurs(m):
				f.metrics.deleteFailures.Inc()
				f.Log.Warn("message could not be deleted: the receiver will see the event again", m.field(), zap.Error(errs[i]))
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
			f.Log.Warn("messages are not deleted yet, trying on", zap.Int("messages", len(left)), left[0].field(), zap.Error(last))
		}
		batch = left
		f.rest(ctx, tries)
	}
}

// rest comes between two tries to settle. Whoever stops has little time, so then it is short.
func (f *Forwarder) rest(ctx context.Context, tries int) {
	if f.draining.Err() == nil {
		pause(f.draining, backoff(tries, 100*time.Millisecond, 5*time.Second))
		return
	}
	pause(ctx, backoff(tries, 100*time.Millisecond, 250*time.Millisecond))
}

// release makes messages visible again, at once, for whoever receives next.
func (f *Forwarder) release(ctx context.Context, batch []*held) {
	if f.draining.Err() != nil {
		<-f.polled // a receive still under way would bring them back at once
	}
	f.held.renewNoMore(batch)
	for tries := 1; len(batch) > 0; tries++ {
		errs := f.Source.Extend(ctx, messagesOf(batch), 0)
		var left []*held
		for i, m := range batch {
			switch {
			case errs[i] == nil, errors.Is(errs[i], queue.ErrGone):
				f.drop(m)
			case ctx.Err() != nil, !f.held.isOurs(m):
				f.Log.Warn("message could not be given back: it comes again when its visibility timeout ends", m.field(), zap.Error(errs[i]))
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

// drop makes room for another message.
func (f *Forwarder) drop(m *held) {
	if m.span != nil {
		m.span.End()
	}
	f.held.remove(m)
	f.room.Release(1)
}
