package forwarder

import (
	"runtime"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// limiter bounds the requests under way to what the receiver is good for. The farther a receiver, the more of them it takes to
// keep this process busy (Little's law), so it climbs with the shortest time that an answer took, for as long as each step up brings
// more through; it backs off, by a factor, when the receiver is overloaded: it answers late, not at all, or says so (additive
// increase, multiplicative decrease). Without it a slow receiver would be sent everything that is held at once and time out on most of
// it; a near one would cost a connection, which is memory, for each message held. It is guarded by the crew's lock.
type limiter struct {
	slow time.Duration // an answer that takes longer is a sign of overload
	max  int

	limit   int
	window  window
	nearest [2]time.Duration // shortest answer of this period and of the one before
	period  time.Time        // begin of this one
	gentle  bool             // climb in small steps
	calm    time.Time        // no climb before
	narrow  time.Time        // last time that overload narrowed it
	step    step
}

// step is the last one up, while it is not yet known what it brings.
type step struct {
	from    int     // the limit before it; 0 when there is nothing to judge
	rate    float64 // events a second before it
	windows int     // since then
}

// window is what is measured between two decisions.
type window struct {
	since      time.Time
	done       int
	time       time.Duration // that those took, all together
	full       bool          // somebody had to wait
	overloaded bool
}

const (
	firstLimit  = 32
	leastLimit  = 1
	leastWindow = 25 * time.Millisecond
	utmostRate  = 7_500 // events a second, more than a processor was seen to send to a far receiver
	backDown    = 0.7   // what overload leaves
	rest        = 2 * time.Second
	useful      = 0.3              // the part of a step up that has to show in what is sent
	patience    = 8                // windows that a step up has to show something; the first still tells of before
	recall      = 10 * time.Second // of the shortest answer
)

func newLimiter(most int, slow time.Duration) *limiter {
	now := time.Now()
	return &limiter{slow: slow, max: most, limit: min(firstLimit, most), window: window{since: now}, period: now}
}

// learn takes note of what came of a request; waiting says that others wait for a place.
func (l *limiter) learn(v sink.Verdict, took time.Duration, waiting bool) {
	now := time.Now()
	if now.Add(-took).Before(l.narrow) {
		return // it was sent before the limit was narrowed, and says nothing of how it is now
	}
	l.window.done++
	l.window.time += took
	l.window.full = l.window.full || waiting
	l.window.overloaded = l.window.overloaded || took > l.slow || v.Overloaded()
	if v.Fate == sink.Delivered {
		l.remember(now, took)
	}
	if now.Sub(l.window.since) >= leastWindow && l.window.done >= l.limit {
		l.decide(now)
		l.window = window{since: now}
	}
}

func (l *limiter) remember(now time.Time, took time.Duration) {
	if now.Sub(l.period) > recall {
		l.nearest[1], l.nearest[0], l.period = l.nearest[0], took, now
	}
	if l.nearest[0] == 0 || took < l.nearest[0] {
		l.nearest[0] = took
	}
}

// wanted is how many requests keep this process busy when each takes as long as the shortest did.
func (l *limiter) wanted() int {
	nearest := l.nearest[0]
	if l.nearest[1] > 0 {
		nearest = min(nearest, l.nearest[1])
	}
	return min(l.max, max(firstLimit, int(nearest.Seconds()*utmostRate*float64(runtime.GOMAXPROCS(0)))))
}

// rate is how many events a second the limit brings through (Little's law). To count them would mislead: they come in waves, as long
// apart as the receiver is far, and a window holds a wave more or less.
func (l *limiter) rate() float64 {
	return float64(l.limit) * float64(l.window.done) / l.window.time.Seconds()
}

func (l *limiter) decide(now time.Time) {
	wanted, rate := l.wanted(), l.rate()
	switch {
	case l.window.overloaded:
		l.limit = max(leastLimit, int(float64(l.limit)*backDown))
		l.gentle, l.calm, l.narrow, l.step = true, now.Add(rest), now, step{}
	case !l.window.full:
		l.step = step{} // nobody waits: what was sent says nothing of what could be
	case l.step.from > 0 && (l.step.windows == 0 || l.step.windows < patience && rate < l.step.least(l.limit)):
		l.step.windows++
	case l.step.from > 0 && rate < l.step.least(l.limit):
		l.limit, l.gentle, l.calm, l.step = l.step.from, true, now.Add(rest), step{}
	case l.limit >= wanted || now.Before(l.calm):
		l.step = step{} // more would be of no use, or it is too early to try again
	default:
		l.step = step{from: l.limit, rate: rate}
		l.limit = min(wanted, l.up())
	}
}

func (l *limiter) up() int {
	if l.gentle {
		return l.limit + max(1, l.limit/4)
	}
	return 2 * l.limit
}

// least is the rate that makes the step to limit worth its connections.
func (s step) least(limit int) float64 {
	return s.rate * (1 + useful*float64(limit-s.from)/float64(s.from))
}
