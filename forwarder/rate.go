package forwarder

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// newRate limits how many events are sent per second; 0 means no limit. A burst, and therefore an array, holds at most
// a twentieth of that (but at least one event), so that the rate is not much exceeded in any second.
func newRate(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, queue.MaxBatch)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/20))
}

// waitForRate blocks until n events may be sent. It returns false if sending ends or the breaker opens first. Then the
// caller has to put its job back into pool.jobs, because the probe can take a job only from there.
func (f *Forwarder) waitForRate(whileClosed *phase, n int) bool {
	if f.rate.AllowN(time.Now(), n) {
		return true
	}
	turn := f.rate.ReserveN(time.Now(), n)
	if whileClosed.wait(f.sending, turn.Delay()) {
		return true
	}
	turn.Cancel()
	return false
}
