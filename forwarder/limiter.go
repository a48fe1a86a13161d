package forwarder

import (
	"runtime"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// limiter adapts the number of concurrent requests to what the receiver can handle:
//   - It raises the limit in steps, and keeps a step only if that increased the throughput.
//   - It raises the limit at most to wanted, which keeps this process busy.
//   - It lowers the limit by a factor when the receiver is overloaded: when it answers much later than usual, does not
//     answer, or says so.
//
// Without a limit, a slow receiver would get everything that is leased at once and time out on most of it, and for a
// nearby receiver each leased message would cost a connection and its memory. The pool's lock guards the limiter.
type limiter struct {
	timeout time.Duration // of an attempt
	max     int

	limit         int
	window        window
	step          step
	usual         time.Duration // moving average of the answer time
	shortest      time.Duration // the shortest answer time lately
	careful       bool          // raise in small steps from now on: a step had no effect, or the receiver was overloaded
	noRaiseBefore time.Time     // the limit is not raised before this time
	lowered       time.Time     // when overload last lowered the limit
}

// step is the last increase of the limit, while it is not yet known whether it raised the throughput.
type step struct {
	from    int // the limit before the step; 0 if there is no step to judge
	began   time.Time
	rate    float64 // requests per second before the step
	windows int     // that have ended since the step
}

// window is what is measured between two decisions.
type window struct {
	since      time.Time
	done       int           // requests that have ended
	time       time.Duration // sum of the answer times of these requests
	jobsWaited bool          // at least one job had to wait for a worker
	overloaded int           // requests whose answers showed overload
}

const (
	firstLimit  = 32
	minWindow   = 25 * time.Millisecond
	minRequests = 20 // in a window, so that one answer alone does not lower the limit
	// maxSentPerProcessor is the assumed number of events that one processor can send per second. It is higher than what
	// was measured with a receiver that takes long to answer.
	maxSentPerProcessor = 7_500
	maxOverloaded       = 0.1 // the share of overloaded requests that is tolerated: one instance of many may be bad
	lowerFactor         = 0.7 // the share of the limit that is left after overload
	raiseFactor         = 2.0 // the factor by which a step raises the limit
	// smallRaiseFactor is the factor after a step that had no effect, or after overload.
	smallRaiseFactor = 1.3
	raisePause       = 2 * time.Second  // how long the limit is not raised after it was lowered
	minGain          = 0.3              // a step that raises the limit by x % is kept if it raises the rate by 0.3 · x %
	trialWindows     = 8                // windows before a useless step is undone; the first still measures the old limit
	minTrial         = 2 * time.Second  // it is not undone earlier: handshakes of new connections hide the gain at first
	usualMemory      = 10 * time.Second // how long the usual answer time is remembered
	shortestMemory   = 2 * time.Minute  // how long the shortest answer time is remembered
)

func newLimiter(most int, timeout time.Duration) *limiter {
	return &limiter{timeout: timeout, max: most, limit: min(firstLimit, most), window: window{since: time.Now()}}
}

// learn records the outcome of a request; waiting reports whether jobs wait for a worker.
func (l *limiter) learn(v sink.Verdict, took time.Duration, waiting bool) {
	now := time.Now()
	if now.Add(-took).Before(l.lowered) {
		return // it was sent before the limit was lowered, so it says nothing about the new limit
	}
	l.window.done++
	l.window.time += took
	l.window.jobsWaited = l.window.jobsWaited || waiting
	if v.Overloaded() {
		l.window.overloaded++
	}
	if v.Fate == sink.Delivered && (l.shortest == 0 || took < l.shortest) {
		l.shortest = took
	}
	if now.Sub(l.window.since) >= minWindow && l.window.done >= max(l.limit, minRequests) {
		l.decide(now)
		l.window = window{since: now}
	}
}

// decide ends a window and sets the limit. The rate is how many requests per second the limit allows, by Little's law:
// counting deliveries would mislead, because they come in waves, one round trip apart, and it is chance whether a
// window contains one wave more.
func (l *limiter) decide(now time.Time) {
	mean := l.window.time / time.Duration(l.window.done)
	rate := float64(l.limit) / mean.Seconds()
	wanted := l.wanted()
	late := l.updateAverages(now, mean)
	onTrial := l.step.from > 0
	switch {
	case late || float64(l.window.overloaded) > maxOverloaded*float64(l.window.done):
		l.limit = max(1, int(float64(l.limit)*lowerFactor))
		l.careful, l.noRaiseBefore, l.lowered, l.step = true, now.Add(raisePause), now, step{}
	case !l.window.jobsWaited:
		l.step = step{} // no job waits: the rate does not show what the receiver could handle
	case onTrial && (l.step.windows == 0 || rate < l.step.minRate(l.limit) && !l.step.over(now)):
		l.step.windows++
	case onTrial && rate < l.step.minRate(l.limit):
		l.limit, l.careful, l.noRaiseBefore, l.step = l.step.from, true, now.Add(raisePause), step{}
	case l.limit >= wanted || now.Before(l.noRaiseBefore):
		l.step = step{} // more would be of no use, or it is too early to try again
	default:
		l.step = step{from: l.limit, began: now, rate: rate}
		l.limit = min(wanted, l.up(mean))
	}
}

// wanted returns how many concurrent requests keep this process busy if each takes only the shortest answer time, but
// at least firstLimit. The longer a round trip takes, the more requests are needed (Little's law).
func (l *limiter) wanted() int {
	return min(l.max, max(firstLimit, int(l.shortest.Seconds()*maxSentPerProcessor*float64(runtime.GOMAXPROCS(0)))))
}

// updateAverages updates the moving averages, and reports whether the answers of the window took much longer than was
// usual before, and long enough that some may soon time out. The usual answer time slowly follows the current one, so
// that a receiver that is always slow does not count as overloaded. The shortest answer time follows it more slowly
// still, because the receiver may never be that fast again.
func (l *limiter) updateAverages(now time.Time, mean time.Duration) (late bool) {
	if l.usual == 0 {
		l.usual = mean
	}
	late = mean > max(l.timeout/2, 2*l.usual)
	took := now.Sub(l.window.since).Seconds()
	l.usual += time.Duration(min(1, took/usualMemory.Seconds()) * float64(mean-l.usual))
	l.shortest += time.Duration(min(1, took/shortestMemory.Seconds()) * float64(mean-l.shortest))
	return late
}

// up returns the next limit. If the receiver already handles as many requests as it can, more of them make its answers
// slower in proportion. So a step is kept so small that even then no request should time out.
func (l *limiter) up(mean time.Duration) int {
	factor := raiseFactor
	if l.careful {
		factor = smallRaiseFactor
	}
	return max(l.limit+1, int(float64(l.limit)*min(factor, 0.9*l.timeout.Seconds()/mean.Seconds())))
}

// minRate is the rate that the new limit must reach for the step to be kept: less is not worth more connections.
func (s step) minRate(limit int) float64 {
	return s.rate * (1 + minGain*float64(limit-s.from)/float64(s.from))
}

// over reports whether the effect of the step should be visible by now.
func (s step) over(now time.Time) bool {
	return s.windows >= trialWindows && now.Sub(s.began) >= minTrial
}
