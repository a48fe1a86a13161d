package forwarder

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	minProbe            = 50 * time.Millisecond
	maxProbeInterval    = time.Second // so that a receiver's return is noticed within two seconds
	maxConcurrentProbes = 8           // a probe without an answer does not delay the next
)

// probe sends probes while the breaker is open, in one goroutine. It takes jobs itself, so none waits for a worker.
func (f *Forwarder) probe(ctx context.Context) {
	running := semaphore.NewWeighted(maxConcurrentProbes)
	reachFirst := f.options.QuietTime > 0 && f.options.Reach != nil
	for ctx.Err() == nil {
		phase, wait := f.breaker.phase.Load(), f.breaker.untilProbe()
		switch {
		case !phase.open:
			phase.wait(ctx, forever)
		case wait > 0:
			phase.wait(ctx, wait)
		case !reachFirst || f.breaker.reachProbe(f.options.Reach(ctx)):
			f.sendProbe(ctx, running)
		}
	}
}

// sendProbe sends one job's next request and returns when there is a verdict, or after maxProbeInterval: if there is no
// job, if maxConcurrentProbes are in progress, or if this probe gets no answer.
func (f *Forwarder) sendProbe(ctx context.Context, running *semaphore.Weighted) {
	waiting, stopWaiting := context.WithTimeout(ctx, maxProbeInterval)
	if running.Acquire(waiting, 1) != nil {
		stopWaiting()
		return
	}
	j, ok := f.takeProbe(waiting)
	if !ok {
		stopWaiting()
		running.Release(1)
		return
	}
	go func() {
		defer stopWaiting()
		defer running.Release(1)
		f.pool.put(f.attempt(j, true))
	}()
	<-waiting.Done()
}

// takeProbe waits for a job whose leases are valid. Lost ones do not delay the probe.
func (f *Forwarder) takeProbe(ctx context.Context) (job, bool) {
	for {
		select {
		case j := <-f.pool.jobs:
			if j = f.dropExpired(j); len(j.messages) > 0 {
				f.rate.ReserveN(time.Now(), len(j.next())) // counts, but does not wait
				return j, true
			}
		case <-ctx.Done():
			return job{}, false
		}
	}
}
