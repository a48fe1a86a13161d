package forwarder

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// newRate bounds how many events are sent in a second; 0 is without a bound. Bursts, and so arrays, are a twentieth of
// that at most, so that no second has much more than its due.
func newRate(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, queue.MaxBatch)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/20))
}

// waitForRate blocks until n events may be sent. It returns false when sending ends or the breaker has opened first: a
// job that waits here would be missed by the probe.
func (f *Forwarder) waitForRate(closed *phase, n int) bool {
	if f.rate.AllowN(time.Now(), n) {
		return true
	}
	turn := f.rate.ReserveN(time.Now(), n)
	if closed.wait(f.sending, turn.Delay()) {
		return true
	}
	turn.Cancel()
	return false
}
