package forwarder

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	minProbe  = 50 * time.Millisecond
	maxProbe  = time.Second // so that a receiver's return is seen within two seconds
	maxProbes = 8           // probes under way at once: one without an answer does not delay the next
)

// probe is the one goroutine that tries an open breaker. It takes jobs itself, so that no probe waits for a worker.
func (f *Forwarder) probe(ctx context.Context) {
	underWay := semaphore.NewWeighted(maxProbes)
	looksFirst := f.options.QuietTime > 0 && f.options.Reach != nil
	for ctx.Err() == nil {
		phase, wait := f.breaker.phase.Load(), f.breaker.untilProbe()
		switch {
		case !phase.open:
			phase.wait(ctx, forever)
		case wait > 0:
			phase.wait(ctx, wait)
		case !looksFirst || f.breaker.reachProbe(f.options.Reach(ctx)):
			f.sendProbe(ctx, underWay)
		}
	}
}

// sendProbe sends one event and returns when there is a verdict, or after maxProbe: when there is no job, when
// maxProbes are under way, or when this probe gets no answer.
func (f *Forwarder) sendProbe(ctx context.Context, underWay *semaphore.Weighted) {
	waiting, answered := context.WithTimeout(ctx, maxProbe)
	if underWay.Acquire(waiting, 1) != nil {
		answered()
		return
	}
	j, ok := f.takeProbe(waiting)
	if !ok {
		answered()
		underWay.Release(1)
		return
	}
	go func() {
		defer answered()
		defer underWay.Release(1)
		f.pool.put(f.attempt(j, true))
	}()
	<-waiting.Done()
}

// takeProbe waits for a job whose leases are valid. Lost ones do not delay the probe.
func (f *Forwarder) takeProbe(ctx context.Context) (job, bool) {
	for {
		select {
		case j := <-f.pool.jobs:
			if j = f.dropLost(j); len(j.messages) > 0 {
				f.rate.ReserveN(time.Now(), len(j.next())) // it does not wait behind those that wait for the rate
				return j, true
			}
		case <-ctx.Done():
			return job{}, false
		}
	}
}
