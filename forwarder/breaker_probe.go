package forwarder

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	minProbeInterval    = 50 * time.Millisecond
	maxProbeInterval    = time.Second // so that a receiver's return is noticed within two seconds
	maxConcurrentProbes = 8           // a probe without an answer does not delay the next
)

// probe runs in one goroutine and starts probes while the breaker is open. Each probe has a goroutine of its own, which
// takes a job itself, so none waits for a worker. Until the receiver has been reached once, a probe only connects. With
// a quiet time (SINK_SETTLE), each probe connects first.
func (f *Forwarder) probe(ctx context.Context) {
	var probes errgroup.Group
	probes.SetLimit(maxConcurrentProbes)
	defer func() { _ = probes.Wait() }() // none may take a job when the channel is closed
	connectFirst := true
	var next time.Time
	current, tries := f.breaker.phase.Load(), 0
	for ctx.Err() == nil {
		phase := f.breaker.phase.Load()
		if phase != current {
			current, tries = phase, 1
			next = time.Now().Add(backoff(tries, minProbeInterval, maxProbeInterval))
		}
		wait := max(time.Until(next), f.breaker.untilAllowed())
		switch {
		case !phase.open:
			connectFirst = f.options.QuietTime > 0
			phase.wait(ctx, forever)
		case wait > 0:
			phase.wait(ctx, wait)
		default:
			tries++
			next = time.Now().Add(backoff(tries, minProbeInterval, maxProbeInterval)) // however long this one takes
			f.sendProbe(ctx, &probes, connectFirst)
		}
	}
}

// sendProbe sends one job's next request, with connectFirst only if the receiver can be connected to. It returns when
// there is a result, or after maxProbeInterval: if there is no job, or if the receiver does not answer. It blocks while
// maxConcurrentProbes are in progress.
func (f *Forwarder) sendProbe(ctx context.Context, probes *errgroup.Group, connectFirst bool) {
	waiting, stopWaiting := context.WithTimeout(ctx, maxProbeInterval)
	probes.Go(func() error {
		defer stopWaiting()
		if connectFirst && !f.breaker.reach(ctx, f.options.Reach) {
			return nil
		}
		noJob := time.After(maxProbeInterval)
		for sent := false; !sent; {
			select {
			case j := <-f.pool.jobs:
				j.detach() // an event that is tried again and again as a probe waits for long
				sent = f.attempt(j, true)
			case <-noJob:
				return nil
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	<-waiting.Done()
}
