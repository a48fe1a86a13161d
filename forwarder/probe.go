package forwarder

import (
	"context"
	"time"
)

// probe is the one goroutine that tries an open breaker. It takes jobs itself, so that no probe waits for a worker.
func (f *Forwarder) probe(ctx context.Context) {
	under := make(chan struct{}, maxProbes)
	for {
		select {
		case <-f.breaker.tripped:
			f.probeUntilClosed(ctx, under)
		case <-ctx.Done():
			return
		}
	}
}

// probeUntilClosed sends one event after another until the breaker is closed or ctx ends.
func (f *Forwarder) probeUntilClosed(ctx context.Context, under chan struct{}) {
	away := false
	for ctx.Err() == nil && f.breaker.isOpen() {
		if wait := f.breaker.untilProbe(); wait > 0 {
			f.breaker.wait(ctx, wait)
			continue
		}
		if f.options.Settle > 0 && f.options.Reach != nil && !f.breaker.reachProbe(&away, f.options.Reach(ctx)) {
			continue
		}
		j, ok := f.takeProbe(ctx, under)
		if !ok {
			continue
		}
		done := make(chan struct{})
		go func() {
			defer func() { <-under }()
			defer close(done)
			if j = f.attempt(j, true); len(j.messages) > 0 {
				f.pool.put(j)
			}
		}()
		f.awaitProbe(ctx, done)
	}
}

// takeProbe waits for a job whose leases are valid. Lost ones do not delay the probe.
func (f *Forwarder) takeProbe(ctx context.Context, under chan struct{}) (job, bool) {
	timer := time.NewTimer(maxProbe)
	defer timer.Stop()
	select {
	case under <- struct{}{}:
	case <-timer.C: // look again whether the breaker is still open
		return job{}, false
	case <-ctx.Done():
		return job{}, false
	}
	for {
		select {
		case j := <-f.pool.jobs:
			if j = f.dropLost(j); len(j.messages) > 0 {
				if f.rate != nil {
					f.rate.take(len(j.next()))
				}
				return j, true
			}
		case <-timer.C:
			<-under
			return job{}, false
		case <-ctx.Done():
			<-under
			return job{}, false
		}
	}
}

// awaitProbe returns when there is a verdict, or it is time for the next probe although there is none.
func (f *Forwarder) awaitProbe(ctx context.Context, done chan struct{}) {
	timer := time.NewTimer(maxProbe)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}
