package forwarder

import (
	"context"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

const (
	maxDoublings = 10 // attempts after which a back-off no longer grows
	// maxArrayTries is how many times an array is sent as a whole. If it fails while other requests succeed, one of its
	// events is probably the cause. Sent one by one, that event no longer delays the others, and the events before it,
	// which the receiver may have accepted already, are not sent again and again.
	maxArrayTries = 2
)

// retry queues the job again after a back-off of its own. Others go on meanwhile: the receiver accepts other events.
func (f *Forwarder) retry(j job, verdict sink.Verdict) {
	f.metrics.retried.Add(float64(len(j.unit)))
	j.tries++
	if j.tries == 1 && f.receiving.Err() == nil {
		f.log.Info("event is not delivered yet, will try again", j.unit[0].field(), zap.String("reason", verdict.Reason))
	}
	if j.tries == 1 {
		j.detach()
	}
	if len(j.unit) > 1 && j.tries == maxArrayTries {
		f.split(j.unit, 1)
		return
	}
	go func() { // the leases are kept, so Run waits for it
		if pause(f.receiving, backoff(j.tries, 100*time.Millisecond, 30*time.Second)) {
			f.pool.put(j)
		} else {
			f.releaseJob(j)
		}
	}()
}

// backoff returns a random time between half of a bound and the bound ("equal jitter"), which doubles with each attempt
// up to highest. So the retries of many forwarders are spread out, and none comes too soon.
func backoff(tries int, lowest, highest time.Duration) time.Duration {
	bound := min(lowest<<min(max(tries-1, 0), maxDoublings), highest)
	return bound/2 + rand.N(bound/2+1) //nolint:gosec // jitter is no secret
}

// pause waits for d; it returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	endless := phase{}
	return endless.wait(ctx, d)
}
