package forwarder

import (
	"runtime"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// limiter bounds the requests under way to what the receiver is good for. The farther a receiver, the more of them it
// takes to keep this process busy (Little's law), so it climbs with the shortest time that an answer took, for as long
// as each step up brings more through; it backs off, by a factor, when the receiver is overloaded: it answers much
// later than it usually does, not at all, or says so (additive increase, multiplicative decrease). Without it a slow
// receiver would be sent all at once that is leased and time out on most of it; a near one would cost a connection,
// which is memory, for each message. It is guarded by the pool's lock.
type limiter struct {
	timeout time.Duration // of a try
	max     int

	limit   int
	window  window
	usual   time.Duration    // what an answer takes in the mean, over a while
	nearest [2]time.Duration // shortest answer of this period and of the one before
	period  time.Time        // begin of this one
	small   bool             // climb in small steps
	climb   time.Time        // not before
	lowered time.Time        // when overload did so last
	losses  int              // steps up in a row that ended in overload
	idle    bool             // the last step up made no answer take longer: the receiver has more to give
	step    step
}

// step is the last one up, while it is not yet known what it brings.
type step struct {
	from    int // the limit before it; 0 when there is nothing to judge
	began   time.Time
	rate    float64       // events a second before it
	mean    time.Duration // that an answer took before it
	windows int           // since then
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
	firstLimit = 32
	minLimit   = 1
	minWindow  = 25 * time.Millisecond
	maxSent    = 7_500 // events a second, more than a processor was seen to send to a far receiver
	decrease   = 0.7   // what overload leaves
	rest       = 2 * time.Second
	useful     = 0.3              // the part of a step up that has to show in what is sent
	patience   = 8                // windows that a step up has to show something; the first still tells of before
	trial      = 2 * time.Second  // that it has at least: the new connections' handshakes take of what it is to bring
	recall     = 10 * time.Second // of the shortest answer, and of the usual one
	maxLosses  = 5
)

func newLimiter(most int, timeout time.Duration) *limiter {
	now := time.Now()
	return &limiter{timeout: timeout, max: most, limit: min(firstLimit, most), window: window{since: now}, period: now}
}

// learn takes note of what came of a request; waiting says that others wait for a place.
func (l *limiter) learn(v sink.Verdict, took time.Duration, waiting bool) {
	now := time.Now()
	if now.Add(-took).Before(l.lowered) {
		return // it was sent before the limit was lowered, and says nothing of how it is now
	}
	l.window.done++
	l.window.time += took
	l.window.full = l.window.full || waiting
	l.window.overloaded = l.window.overloaded || v.Overloaded()
	if v.Fate == sink.Delivered {
		l.remember(now, took)
	}
	if now.Sub(l.window.since) >= minWindow && l.window.done >= l.limit {
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
	return min(l.max, max(firstLimit, int(nearest.Seconds()*maxSent*float64(runtime.GOMAXPROCS(0)))))
}

// rate is how many events a second the limit brings through (Little's law). To count them would mislead: they come in
// waves, as long apart as the receiver is far, and a window holds a wave more or less.
func (l *limiter) rate() float64 {
	return float64(l.limit) * float64(l.window.done) / l.window.time.Seconds()
}

// late tells whether the answers of the window took much longer than they usually do, and long enough that some may
// soon come too late. How long they usually take changes with the receiver, so one that is always slow is not taken for
// one that is overloaded.
func (l *limiter) late(now time.Time, mean time.Duration) bool {
	if l.usual == 0 {
		l.usual = mean
	}
	late := mean > max(l.timeout/2, 2*l.usual)
	share := min(1, now.Sub(l.window.since).Seconds()/recall.Seconds())
	l.usual += time.Duration(share * float64(mean-l.usual))
	return late
}

func (l *limiter) decide(now time.Time) {
	wanted, rate, mean := l.wanted(), l.rate(), l.window.time/time.Duration(l.window.done)
	switch {
	case l.late(now, mean) || l.window.overloaded:
		if l.step.from > 0 {
			l.losses = min(l.losses+1, maxLosses)
		}
		l.limit = max(minLimit, int(float64(l.limit)*decrease))
		l.small, l.idle, l.climb, l.lowered, l.step = true, false, now.Add(rest<<max(0, l.losses-1)), now, step{}
	case !l.window.full:
		l.step = step{} // nobody waits: what was sent says nothing of what could be
	case l.step.from > 0 && (l.step.windows == 0 || rate < l.step.min(l.limit) && !l.step.over(now)):
		l.step.windows++
	case l.step.from > 0 && rate < l.step.min(l.limit):
		l.limit, l.small, l.climb, l.step = l.step.from, true, now.Add(rest), step{}
	case l.limit >= wanted || now.Before(l.climb):
		l.step = step{} // more would be of no use, or it is too early to try again
	default:
		if l.step.from > 0 {
			l.losses, l.idle = 0, mean < l.step.mean+l.step.mean/8
		}
		l.step = step{from: l.limit, began: now, rate: rate, mean: mean}
		l.limit = min(wanted, l.up(mean))
	}
}

// up is the next limit. Should the receiver be at its best already, answers will take longer by as much as there are
// more of them: not so long that they time out, until a step up has shown that they do not.
func (l *limiter) up(mean time.Duration) int {
	next := 2 * l.limit
	if l.small {
		next = l.limit + max(1, l.limit/4)
	}
	if !l.idle && mean > 0 && l.timeout > 0 {
		next = min(next, int(float64(l.limit)*(0.9*l.timeout.Seconds()/mean.Seconds())))
	}
	return max(next, l.limit+1)
}

// min is the rate that makes the step to limit worth its connections.
func (s step) min(limit int) float64 {
	return s.rate * (1 + useful*float64(limit-s.from)/float64(s.from))
}

// over says that what the step brings should have shown by now.
func (s step) over(now time.Time) bool { return s.windows >= patience && now.Sub(s.began) >= trial }
