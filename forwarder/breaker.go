package forwarder

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// breaker lets deliveries through while the receiver takes events (closed), and holds them while it takes none (open).
// An open one is half-open each time that a probe is under way: one event, sent at growing intervals, until one is
// taken.
type breaker struct {
	settle   time.Duration // how long a receiver that is back is left alone
	noLeases func() bool   // nothing is leased that could be a probe
	changed  func(change)
	open     atomic.Bool   // changes under mu
	decided  chan struct{} // closed when it is known whether early refusals were the events' own
	decide   func()        // closes it

	mu           sync.Mutex
	passing      chan struct{}               // closed while the breaker is closed
	holding      chan struct{}               // closed while it is open
	unreached    error                       // nil when the receiver has been reached since the start
	delivered    bool                        // an event has been delivered since the start
	refused      map[int]map[string]struct{} // by status: the events refused before the first delivery
	failed       map[string]struct{}         // events that failed since the last success
	cause        sink.Verdict                // why it is open
	since        time.Time                   // open since
	suspect      bool                        // the events held may be the reason, not the receiver
	formatted    bool                        // open because every event is refused, which points to a wrong format
	away         bool                        // nothing listened at the last look before a probe
	settling     bool                        // the receiver is back and left alone, or was
	lastLogged   time.Time
	lastAdmitted time.Time // when a receive was last admitted although open
	probes       int       // that failed in a row
	notBefore    time.Time // no probe before: the receiver asked for it, or is left alone
	nextProbe    time.Time
}

// change is what is logged of the receiver.
type change struct {
	cause    sink.Verdict
	open     bool
	format   bool          // every event is refused alike, and none was ever delivered
	settling bool          // the receiver is back and is left alone for a while
	after    time.Duration // since the breaker has opened
}

const (
	minFailed    = 3                // different events that must fail in a row, with no success between, to open it
	logAgain     = time.Minute      // how often an open breaker is logged
	admitSuspect = 30 * time.Second // how often one that the events may have opened admits a receive
	maxDoublings = 10               // tries, after which back-off no longer grows
	maxDoubt     = 10 * time.Second // how long an early refusal waits for others like it
	// doubtRefusals is how many different events refused alike, before a first delivery, point to a wrong format.
	doubtRefusals = 3
)

// action is what is to be done with an event after a verdict.
type action int

const (
	settleEvent action = iota // it is delivered, or refused for good
	retryLater                // it failed while others may not: after a back-off of its own
	holdEvent                 // the breaker is open and sets the pace
	doubtEvent                // it is refused before anything was delivered: wait whether others are refused alike
)

func newBreaker(settle time.Duration, noLeases func() bool, changed func(change)) *breaker {
	b := &breaker{
		settle: settle, noLeases: noLeases, changed: changed, unreached: errNotReached,
		decided: make(chan struct{}), passing: make(chan struct{}), holding: make(chan struct{}),
		refused: map[int]map[string]struct{}{}, failed: map[string]struct{}{},
	}
	b.decide = sync.OnceFunc(func() { close(b.decided) })
	close(b.passing)
	return b
}

func (b *breaker) isOpen() bool { return b.open.Load() }

// record takes note of the verdict on a try with the event id, and decides, once, what is to be done with the event.
func (b *breaker) record(id string, started time.Time, probe bool, v sink.Verdict) action {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case v.Fate == sink.Delivered:
		b.delivered = true
		b.decide()
		b.success(started)
		return settleEvent
	case v.Fate == sink.Refused && v.Status == 0:
		return settleEvent // it was never sent, which says nothing of the receiver
	case v.Fate == sink.Refused:
		return b.refusal(id, started, probe, v)
	}
	if b.isOpen() {
		b.failAgain(started, probe, v)
		return holdEvent
	}
	b.failed[id] = struct{}{}
	if v.OfReceiver() || len(b.failed) >= minFailed {
		b.trip(v, !v.OfReceiver())
		return holdEvent
	}
	return retryLater
}

// refusal is of an event that the receiver will never take. Before a first delivery the configuration may be the
// reason.
func (b *breaker) refusal(id string, started time.Time, probe bool, v sink.Verdict) action {
	doubtful := !b.delivered && v.OfForm()
	if doubtful && b.formatted && b.isOpen() {
		b.failAgain(started, probe, v)
		return holdEvent
	}
	b.answer(started)
	if !doubtful {
		return settleEvent
	}
	if b.refused[v.Status] == nil {
		b.refused[v.Status] = map[string]struct{}{}
	}
	b.refused[v.Status][id] = struct{}{}
	if len(b.refused[v.Status]) < doubtRefusals || b.isOpen() { // for another reason
		return doubtEvent
	}
	b.formatted = true
	b.trip(v, true)
	b.decide()
	return holdEvent
}

// ownRefusal tells, once the doubt is over, that the refused events were the reason.
func (b *breaker) ownRefusal() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.delivered || !b.formatted
}

func (b *breaker) trip(v sink.Verdict, suspect bool) {
	now := time.Now()
	b.cause, b.since, b.lastLogged, b.suspect, b.settling, b.away = v, now, now, suspect, false, false
	b.passing, b.probes = make(chan struct{}), 0
	b.open.Store(true)
	close(b.holding)
	b.changed(change{cause: v, open: true, format: b.formatted})
	b.delayProbe(now, v.RetryAfter)
}

// failAgain takes note of a failure while the breaker is open.
func (b *breaker) failAgain(started time.Time, probe bool, v sink.Verdict) {
	if probe {
		b.delayProbe(started, v.RetryAfter)
	}
	if v.Key() != b.cause.Key() || time.Since(b.lastLogged) > logAgain {
		b.lastLogged = time.Now()
		b.changed(change{cause: v, open: true, format: b.formatted, after: time.Since(b.since)})
	}
	b.cause = v
}

// success closes an open breaker. While the receiver has asked for patience, a try that began before it did says
// nothing.
func (b *breaker) success(started time.Time) {
	clear(b.failed)
	b.firstReached()
	if !b.isOpen() || (started.Before(b.since) && time.Now().Before(b.notBefore)) || b.leftAlone() {
		return
	}
	after := time.Since(b.since)
	b.formatted, b.notBefore = false, time.Time{}
	b.open.Store(false)
	b.holding = make(chan struct{})
	close(b.passing)
	b.changed(change{after: after})
}

// leftAlone begins the time for which a receiver that is back gets no events, and tells whether it is not over.
func (b *breaker) leftAlone() bool {
	if b.settle > 0 && !b.settling {
		b.settling, b.notBefore = true, time.Now().Add(b.settle)
		b.changed(change{cause: b.cause, open: true, settling: true, after: time.Since(b.since)})
	}
	return b.settling && time.Now().Before(b.notBefore)
}

// reach takes note of whether something listens where the receiver should be.
func (b *breaker) reach(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.firstReached()
	case b.unreached != nil:
		b.unreached = fmt.Errorf("%w: %w", errNotReached, err)
	}
}

var errNotReached = errors.New("not reached yet")

func (b *breaker) firstReached() {
	if b.unreached == nil {
		return
	}
	b.unreached = nil
	if !b.isOpen() {
		b.changed(change{})
	}
}

// reachProbe takes note of a look at whether the receiver listens again, which comes before each probe where it is left
// alone after its return. It tells whether an event may be sent as a probe now.
func (b *breaker) reachProbe(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	wasAway := b.away
	if b.away = err != nil; b.away {
		b.settling = false
		b.delayProbe(time.Now(), 0)
		return false
	}
	return !wasAway || !b.leftAlone()
}

// wait blocks until the breaker is closed, ctx ends or d is over.
func (b *breaker) wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	b.waitClosed(ctx)
}

// waitClosed blocks until the breaker is closed or ctx ends.
func (b *breaker) waitClosed(ctx context.Context) {
	b.mu.Lock()
	passing := b.passing
	b.mu.Unlock()
	select {
	case <-passing:
	case <-ctx.Done():
	}
}

// opened returns a channel that is closed while the breaker is open.
func (b *breaker) opened() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.holding
}

// answered takes note of an answer that says that the receiver is there, and nothing of any event.
func (b *breaker) answered(started time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer(started)
}

// answer closes the breaker unless it is open because of the format: then a refusal says nothing new.
func (b *breaker) answer(started time.Time) {
	if !b.formatted || !b.isOpen() {
		b.success(started)
	}
}

// waitToReceive blocks pollers while the breaker is open; it returns false when ctx ends. Two open ones admit a
// receive: one that nothing is left to probe for, and, now and then, one that the leased events may have opened by
// their own fault.
func (b *breaker) waitToReceive(ctx context.Context) bool {
	for ctx.Err() == nil {
		if b.admitsReceive() {
			return true
		}
		b.wait(ctx, maxProbe)
	}
	return false
}

func (b *breaker) admitsReceive() bool {
	if !b.isOpen() {
		return true
	}
	noLeases := b.noLeases()
	b.mu.Lock()
	defer b.mu.Unlock()
	every := time.Duration(0)
	switch {
	case !b.isOpen():
		return true
	case noLeases:
		every = maxProbe
	case b.suspect:
		every = admitSuspect
	}
	if every == 0 || time.Since(b.since) < every || time.Since(b.lastAdmitted) < every || time.Now().Before(b.notBefore) {
		return false
	}
	b.lastAdmitted = time.Now()
	return true
}

// health is nil while the receiver takes events.
func (b *breaker) health() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	hint := ""
	switch {
	case !b.isOpen():
		return b.unreached
	case b.formatted && b.cause.Format != "":
		hint = " (the receiver seems to read FORMAT=" + b.cause.Format + ")"
	case b.formatted:
		hint = " (every event is refused: the receiver does not seem to read this FORMAT)"
	}
	return errors.New(b.cause.Reason + hint)
}

func (b *breaker) isReached() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unreached == nil
}

// backoff is a random time up to a bound that doubles with each try ("full jitter"), and at least half of that bound,
// so that many forwarders spread out and none hurries.
func backoff(tries int, lowest, highest time.Duration) time.Duration {
	bound := min(lowest<<min(max(tries-1, 0), maxDoublings), highest)
	return bound/2 + rand.N(bound/2+1) //nolint:gosec // jitter is no secret
}
