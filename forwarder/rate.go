package forwarder

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// pace bounds how many events are sent in a second. Bursts, and so arrays, are a twentieth of that at most, so that no
// second has much more than its due.
type pace struct{ limiter *rate.Limiter }

// newPace returns nil, which bounds nothing, for 0.
func newPace(perSecond int) *pace {
	if perSecond == 0 {
		return nil
	}
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/20))}
}

// wait blocks until n events may be sent. It returns false when ctx ends or the breaker has opened first: a job that
// waits here would be missed by the probe.
func (p *pace) wait(ctx context.Context, opened <-chan struct{}, n int) bool {
	reserved := p.limiter.ReserveN(time.Now(), n)
	timer := time.NewTimer(reserved.Delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-opened:
	case <-ctx.Done():
	}
	reserved.Cancel()
	return false
}

// take counts n events that are sent at once: a probe does not wait behind those that wait.
func (p *pace) take(n int) { p.limiter.ReserveN(time.Now(), n) }

// maxArray is how many events may go together.
func (p *pace) maxArray() int {
	if p == nil {
		return queue.MaxBatch
	}
	return p.limiter.Burst()
}
