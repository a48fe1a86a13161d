package forwarder

import (
	"math/rand/v2"
	"time"
)

// later puts the next probe off, after one that failed.
func (g *gate) later(atLeast time.Duration) {
	if asked := time.Now().Add(atLeast); asked.After(g.earlier) {
		g.earlier = asked
	}
	g.disarm()
	g.arm(backoff(g.probes, minProbe, maxProbe))
}

// arm sets the time of the next probe, unless it is set.
func (g *gate) arm(wait time.Duration) {
	if g.timer != nil || g.probing >= hanging {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(max(wait, time.Until(g.earlier)), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.timer == timer { // else it was stopped too late
			g.timer = nil
			g.probe()
		}
	})
	g.timer = timer
}

func (g *gate) disarm() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
}

func (g *gate) probe() {
	if g.isOpen() || len(g.waiting) == 0 {
		return // the next to enter arms again
	}
	g.probing++
	close(g.waiting[0])
	g.waiting = g.waiting[1:]
	g.arm(maxProbe) // the next, should this one get no answer
}

// unused has the next one probe at once instead of one that did not.
func (g *gate) unused() {
	if g.isOpen() {
		return
	}
	g.probing = max(0, g.probing-1)
	g.disarm()
	g.arm(0)
}

// backoff is a random time up to a bound that doubles with each try ("full jitter"), and at least half of that bound, so
// that many forwarders spread out and none hurries.
func backoff(tries int, lowest, highest time.Duration) time.Duration {
	bound := min(lowest<<min(max(tries-1, 0), doubleUntil), highest)
	return bound/2 + rand.N(bound/2+1) //nolint:gosec // jitter is no secret
}
