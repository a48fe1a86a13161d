package forwarder

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

const (
	maxDoublings = 10 // tries, after which a back-off no longer grows
	// maxArrayTries is how often an array is sent as one. When it fails while others do not, one of its events is the
	// reason: sent one by one that event delays none of the others, and the receiver, which may have taken some before it,
	// does not get those again and again.
	maxArrayTries = 2
)

// retry does a job once more, after a back-off of its own: the receiver takes other events.
func (f *Forwarder) retry(j job, verdict sink.Verdict) {
	f.metrics.retried.Add(float64(len(j.next())))
	j.tries++
	if j.tries == 1 && f.draining.Err() == nil {
		f.log.Info("event is not delivered yet, will try again", j.messages[0].field(), zap.String("reason", verdict.Reason))
	}
	if j.together && j.tries == maxArrayTries {
		f.split(j.messages)
		return
	}
	go func() { // the leases are kept, so Run waits for it
		if Pause(f.draining, backoff(j.tries, 100*time.Millisecond, 30*time.Second)) {
			f.pool.put(j)
		} else {
			f.leave(j)
		}
	}()
}

// split makes each message a job of its own.
func (f *Forwarder) split(unit []*lease) {
	for one := range slices.Chunk(unit, 1) {
		f.pool.put(job{messages: one})
	}
}

// backoff is a random time up to a bound that doubles with each try ("full jitter"), and at least half of that bound,
// so that many forwarders spread out and none hurries.
func backoff(tries int, lowest, highest time.Duration) time.Duration {
	bound := min(lowest<<min(max(tries-1, 0), maxDoublings), highest)
	return bound/2 + rand.N(bound/2+1) //nolint:gosec // jitter is no secret
}

// Pause waits; it returns false when ctx ends first.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
