package forwarder

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// gate lets deliveries through while the receiver takes events. When it takes none, the gate closes: deliveries wait, and
// one after another is let through as a probe, at growing intervals, until one succeeds.
type gate struct {
	changed func(away bool, reason string, since time.Duration)

	mu      sync.Mutex
	opened  chan struct{} // closed while the gate is open
	reason  string        // why it is closed
	since   time.Time     // closed since
	told    time.Time     // last spoken of
	probes  int           // failed in a row
	earlier time.Time     // no probe before: the receiver asked for it
	suspect bool          // closed for statuses that may be the fault of the events held, not of the receiver
	failed  map[string]struct{}
	waiting []chan struct{} // the first one is the next probe
	probing int             // probes under way
	timer   *time.Timer
	let     time.Time // when a receive was last let through although closed

	idle func() bool // nothing is held that could probe
}

const (
	suspects    = 3 // different events that must fail in a row, with no success between, to close the gate
	minProbe    = 50 * time.Millisecond
	maxProbe    = time.Second      // so that a receiver's return is seen within two seconds
	hanging     = 8                // probes under way at once, at most: one that gets no answer does not hold up the next
	tellAgain   = time.Minute      // how often a closed gate is spoken of
	trickle     = 30 * time.Second // how often a suspect gate lets a receive through
	doubleUntil = 10               // tries, after which back-off no longer grows
)

func newGate(idle func() bool, changed func(bool, string, time.Duration)) *gate {
	g := &gate{changed: changed, idle: idle, opened: make(chan struct{}), failed: map[string]struct{}{}}
	close(g.opened)
	return g
}

func (g *gate) isOpen() bool { return g.since.IsZero() }

// enter blocks while the gate is closed. It returns errStopped when ctx ends first; probe says that the caller is the one try that
// a closed gate let through. Each enter without error is followed by a leave or a skip.
func (g *gate) enter(ctx context.Context) (probe bool, err error) {
	g.mu.Lock()
	if g.isOpen() {
		g.mu.Unlock()
		return false, nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	opened := g.opened
	g.arm(backoff(g.probes, minProbe, maxProbe))
	g.mu.Unlock()
	select {
	case <-opened:
		return false, nil
	case <-turn:
		return true, nil
	case <-ctx.Done():
		g.forget(turn)
		return false, errStopped
	}
}

// forget takes a waiter out; if its turn came at the same moment, the turn goes to the next.
func (g *gate) forget(turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == turn {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return
		}
	}
	g.unused()
}

// skip gives a turn back that was not used.
func (g *gate) skip(probe bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if probe {
		g.unused()
	}
}

// leave tells the gate what came of a try with the event key.
func (g *gate) leave(key string, probe bool, v sink.Verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v.Fate == sink.Delivered || v.Fate == sink.Refused {
		g.open()
		return
	}
	whole := wholeReceiver(v)
	g.failed[key] = struct{}{}
	switch {
	case !g.isOpen():
		if probe {
			g.probes++
			g.probing = max(0, g.probing-1)
			g.later(v.RetryAfter)
		}
		if v.Reason != g.reason || time.Since(g.told) > tellAgain {
			g.reason, g.told = v.Reason, time.Now()
			g.changed(true, v.Reason, time.Since(g.since))
		}
	case whole || len(g.failed) >= suspects:
		g.opened, g.since, g.reason, g.probes, g.suspect = make(chan struct{}), time.Now(), v.Reason, 1, !whole
		g.told = g.since
		g.changed(true, v.Reason, 0)
		g.later(v.RetryAfter)
	}
}

func (g *gate) open() {
	clear(g.failed)
	if g.isOpen() {
		return
	}
	since := time.Since(g.since)
	g.since, g.reason, g.waiting, g.probing, g.earlier = time.Time{}, "", nil, 0, time.Time{}
	g.disarm()
	close(g.opened)
	g.changed(false, "", since)
}

// waitOpen blocks pollers while the gate is closed; it returns false when ctx ends. Two closed gates let a receive through: one
// that nothing is left to probe for, and, now and then, one that the events held may have closed by their own fault.
func (g *gate) waitOpen(ctx context.Context) bool {
	for ctx.Err() == nil {
		opened, may := g.mayReceive()
		if may {
			return true
		}
		timer := time.NewTimer(maxProbe)
		select {
		case <-opened:
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return false
}

func (g *gate) mayReceive() (opened chan struct{}, may bool) {
	idle := g.idle()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOpen() {
		return g.opened, true
	}
	every := time.Duration(0)
	switch {
	case idle:
		every = maxProbe
	case g.suspect:
		every = trickle
	}
	if every == 0 || time.Since(g.since) < every || time.Since(g.let) < every {
		return g.opened, false
	}
	g.let = time.Now()
	return g.opened, true
}

func (g *gate) health() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOpen() {
		return nil
	}
	return errors.New(g.reason)
}

// wholeReceiver tells a verdict on the receiver from one that may be on this event alone.
func wholeReceiver(v sink.Verdict) bool {
	var dial *net.OpError
	return v.Fate == sink.Misconfigured || v.RetryAfter > 0 ||
		v.Status == http.StatusTooManyRequests || v.Status == http.StatusServiceUnavailable ||
		(errors.As(v.Err, &dial) && dial.Op == "dial" && !errors.Is(v.Err, syscall.EMFILE))
}
