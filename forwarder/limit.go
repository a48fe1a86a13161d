package forwarder

import (
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// limiter bounds the requests under way to what the receiver is good for. It climbs while more of them bring more through, and
// backs off, by a factor, when the receiver is overloaded: it answers late, not at all, or says so (additive increase,
// multiplicative decrease). Without it a slow receiver would be sent everything that is held at once and time out on most of it;
// a fast one would cost a connection, which is memory, for each message held. It is guarded by the crew's lock.
type limiter struct {
	slow time.Duration // an answer that takes longer is a sign of overload
	max  int

	limit  int
	window window
	best   float64   // events a second, before the last climb
	before int       // the limit then
	calm   time.Time // no climb before
	narrow time.Time // last time that overload narrowed it
}

// window is what is measured between two decisions.
type window struct {
	since      time.Time
	done       int  // answers, of whatever kind
	taken      int  // of them those that settled an event
	full       bool // somebody had to wait
	overloaded bool
}

const (
	firstLimit  = 64
	leastLimit  = 1
	leastWindow = 100 * time.Millisecond
	climb       = 1.5             // how much is tried when more might bring more
	worth       = 1.2             // what it must bring, well above the noise of a shared machine
	backDown    = 0.7             // what overload leaves
	rest        = 2 * time.Second // after a climb that brought nothing, or an overload
)

func newLimiter(most int, slow time.Duration) *limiter {
	first := min(firstLimit, most)
	return &limiter{slow: slow, max: most, limit: first, before: first, window: window{since: time.Now()}}
}

// learn takes note of what came of a request; waiting says that others wait for a place.
func (l *limiter) learn(v sink.Verdict, took time.Duration, waiting bool) {
	now := time.Now()
	if now.Add(-took).Before(l.narrow) {
		return // it was sent before the limit was narrowed, and says nothing of how it is now
	}
	l.window.done++
	if v.Fate == sink.Delivered || v.Fate == sink.Refused {
		l.window.taken++
	}
	if took > l.slow || v.Overloaded() {
		l.window.overloaded = true
	}
	l.window.full = l.window.full || waiting
	if elapsed := now.Sub(l.window.since); elapsed >= leastWindow && l.window.done >= l.limit {
		l.decide(now, float64(l.window.taken)/elapsed.Seconds())
		l.window = window{since: now}
	}
}

func (l *limiter) decide(now time.Time, rate float64) {
	switch {
	case l.window.overloaded:
		l.limit = max(leastLimit, int(float64(l.limit)*backDown))
		l.before, l.best, l.calm, l.narrow = l.limit, 0, now.Add(rest), now
	case !l.window.full || now.Before(l.calm):
		// Nobody waits, or it is too early to try again.
	case l.limit > l.before && rate < l.best*worth:
		l.limit, l.best, l.calm = l.before, 0, now.Add(rest)
	default:
		l.before, l.best = l.limit, rate
		l.limit = min(l.max, max(l.limit+1, int(float64(l.limit)*climb)))
	}
}
