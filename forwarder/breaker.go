package forwarder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// breaker lets deliveries through while the receiver takes events (closed), and holds them while it takes none (open).
// An open breaker is half-open while a probe is under way: one event, sent at growing intervals, until the receiver
// answers one.
type breaker struct {
	quietTime time.Duration // how long a receiver that is back is left alone: SINK_SETTLE
	inFlight  func() int    // messages leased, of which one can be a probe
	up        prometheus.Gauge
	log       *zap.Logger
	phase     atomic.Pointer[phase] // changes under mu

	mu           sync.Mutex
	unreached    error               // nil when the receiver has been reached since the start
	delivered    bool                // an event has been delivered since the start
	refused      map[string]struct{} // events refused before the first delivery, for a reason that may be the format
	failed       map[string]struct{} // events that failed since the last success
	cause        sink.Verdict        // the last failure while it is open
	since        time.Time           // open since
	away         bool                // nothing listened when that was last checked before a probe
	quietUntil   time.Time           // end of the quiet time; zero when it has not begun
	lastLogged   time.Time
	lastAdmitted time.Time // when a receive was last admitted although open
	probes       int       // failed ones in a row
	notBefore    time.Time // no probe before: the receiver asked for it
	nextProbe    time.Time
}

// phase is a time in which the breaker is open, or closed.
type phase struct {
	open bool
	over chan struct{} // closed at its end
}

// forever is a wait that only another event ends.
const forever time.Duration = math.MaxInt64

// wait blocks until d has passed; it returns false when the phase is over or ctx ends first.
func (p *phase) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.over:
	case <-ctx.Done():
	case <-timer.C:
		return true
	}
	return false
}

const (
	minFailed    = 3                // different events that must fail in a row, with no success between, to open it
	logAgain     = time.Minute      // how often an open breaker is logged
	admitSuspect = 30 * time.Second // how often it admits a receive when the events may be why it is open
	// minRefused is how many different events refused before a first delivery point to a wrong format.
	minRefused = 3
	// maxEarly is how often an event is refused before a first delivery until that counts: some ten seconds, in which
	// others like it show that the format is wrong, or a delivery shows that it is not.
	maxEarly = 7
)

// action is what is to be done with a request's events after a verdict.
type action int

const (
	settleEvents action = iota // they are delivered, or refused for good
	retryEvents                // they failed, while others may not: after a back-off of their own
	splitEvents                // one of them is refused, and the receiver does not say which
	holdEvents                 // the breaker is open and sets the pace
)

func newBreaker(quietTime time.Duration, inFlight func() int, up prometheus.Gauge, log *zap.Logger) *breaker {
	b := &breaker{
		quietTime: quietTime, inFlight: inFlight, up: up, log: log, unreached: errNotReached,
		refused: map[string]struct{}{}, failed: map[string]struct{}{},
	}
	b.phase.Store(&phase{over: make(chan struct{})})
	return b
}

func (b *breaker) isOpen() bool { return b.phase.Load().open }

func (b *breaker) begin(open bool) {
	last := b.phase.Swap(&phase{open: open, over: make(chan struct{})})
	close(last.over)
}

// record takes the verdict on a job's request and decides, once, what is to be done with its events.
func (b *breaker) record(j job, started time.Time, probe bool, v sink.Verdict) action {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case v.Fate == sink.Delivered:
		b.delivered = true
		b.success(started)
		return settleEvents
	case v.Fate == sink.Refused && len(j.next()) > 1:
		b.answer(started)
		return splitEvents
	case v.Fate == sink.Refused && v.Status == 0:
		return settleEvents // it was never sent, so this says nothing about the receiver
	case v.Fate == sink.Refused:
		return b.refusal(j, started, probe, v)
	case !b.isOpen():
		b.failed[j.messages[0].ID] = struct{}{}
		if !v.OfReceiver() && len(b.failed) < minFailed {
			return retryEvents
		}
	}
	b.failure(started, probe, v)
	return holdEvents
}

// refusal decides on an event that the receiver will never take. Before the first delivery the format may be the
// reason.
func (b *breaker) refusal(j job, started time.Time, probe bool, v sink.Verdict) action {
	early := !b.delivered && v.OfForm()
	if early && len(b.refused) < minRefused {
		b.refused[j.messages[0].ID] = struct{}{}
	}
	if early && len(b.refused) >= minRefused {
		b.failure(started, probe, v)
		return holdEvents
	}
	b.answer(started)
	if early && j.tries < maxEarly {
		return retryEvents
	}
	return settleEvents
}

// failure opens the breaker, or delays the next probe of an open one.
func (b *breaker) failure(started time.Time, probe bool, v sink.Verdict) {
	opens := !b.isOpen()
	if opens {
		started = time.Now()
		b.since, b.lastAdmitted, b.quietUntil, b.away, b.probes = started, started, time.Time{}, false, 0
		b.begin(true)
		b.up.Set(0)
	}
	if opens || probe {
		b.delayProbe(started, v.RetryAfter)
	}
	isNews := opens || v.Key() != b.cause.Key() || time.Since(b.lastLogged) > logAgain
	b.cause = v
	if isNews {
		b.logOpen()
	}
}

// isWrongFormat reports whether it is open because every event is refused.
func (b *breaker) isWrongFormat() bool { return b.isOpen() && b.cause.Fate == sink.Refused }

func (b *breaker) logOpen() {
	b.lastLogged = time.Now()
	fields := b.fields()
	switch {
	case !b.isWrongFormat():
		b.log.Warn("receiver takes no events: keeping those that are here, receiving no more", fields...)
		return
	case b.cause.Format != "":
		fields = append(fields, zap.String("try_format", b.cause.Format))
	}
	b.log.Error(
		"receiver refuses every event: FORMAT is not what it reads; keeping the events, trying one at intervals", fields...,
	)
}

func (b *breaker) fields() []zap.Field {
	return []zap.Field{
		zap.Int("in_flight", b.inFlight()), zap.String("reason", b.cause.Reason), zap.Duration("for", time.Since(b.since)),
	}
}

// success closes an open breaker. While the receiver has asked to wait (Retry-After), the success of a try that began
// before the breaker opened is ignored.
func (b *breaker) success(started time.Time) {
	clear(b.failed)
	b.firstReached()
	if !b.isOpen() || (started.Before(b.since) && time.Now().Before(b.notBefore)) || b.leftAlone() {
		return
	}
	b.notBefore = time.Time{}
	b.begin(false)
	b.up.Set(1)
	b.log.Info("receiver takes events again",
		zap.Int("in_flight", b.inFlight()), zap.Duration("after", time.Since(b.since)))
}

// answer is a success, unless the breaker is open because of the format: then a refusal says nothing new.
func (b *breaker) answer(started time.Time) {
	if !b.isWrongFormat() {
		b.success(started)
	}
}

// leftAlone begins the quiet time of a receiver that has come back, and reports whether that time is still running.
func (b *breaker) leftAlone() bool {
	if b.quietTime > 0 && b.quietUntil.IsZero() {
		b.quietUntil = time.Now().Add(b.quietTime)
		b.log.Info("receiver is back, waiting as SINK_SETTLE asks",
			append(b.fields(), zap.Duration("wait", b.quietTime))...)
	}
	return time.Now().Before(b.quietUntil)
}

// reach records whether something listens where the receiver should be, and reports whether it was ever reached.
func (b *breaker) reach(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.firstReached()
	case b.unreached != nil:
		b.unreached = fmt.Errorf("%w: %w", errNotReached, err)
	}
	return b.unreached == nil
}

var errNotReached = errors.New("not reached yet")

func (b *breaker) firstReached() {
	if b.unreached != nil && !b.isOpen() {
		b.up.Set(1)
	}
	b.unreached = nil
}

// reachProbe records whether the receiver listens again; with SINK_SETTLE this is checked before each probe. It reports
// whether an event may be sent as a probe now.
func (b *breaker) reachProbe(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	wasAway := b.away
	if b.away = err != nil; b.away {
		b.quietUntil = time.Time{}
		b.delayProbe(time.Now(), 0)
		return false
	}
	return !wasAway || !b.leftAlone()
}

// waitToReceive blocks pollers while the breaker is open and returns false when ctx ends.
func (b *breaker) waitToReceive(ctx context.Context) bool {
	for ctx.Err() == nil {
		phase := b.phase.Load()
		if !phase.open || b.admitsReceive() {
			return true
		}
		phase.wait(ctx, maxProbe)
	}
	return false
}

// admitsReceive lets a receive through an open breaker, now and then, in two cases: no message is leased, so there is
// nothing to probe with, or the leased events themselves may be why it is open.
func (b *breaker) admitsReceive() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	every := maxProbe
	if b.inFlight() > 0 {
		if b.cause.OfReceiver() {
			return false
		}
		every = admitSuspect
	}
	now := time.Now()
	if now.Sub(b.lastAdmitted) < every || now.Before(b.notBefore) || now.Before(b.quietUntil) {
		return false
	}
	b.lastAdmitted = now
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
	case b.isWrongFormat() && b.cause.Format != "":
		hint = " (the receiver seems to read FORMAT=" + b.cause.Format + ")"
	case b.isWrongFormat():
		hint = " (every event is refused: the receiver does not seem to read this FORMAT)"
	}
	return errors.New(b.cause.Reason + hint)
}

// delayProbe sets the time of the next probe after one that failed. It counts from the start of the failed one, which
// may have waited long for its answer while others started.
func (b *breaker) delayProbe(started time.Time, retryAfter time.Duration) {
	b.probes++
	if asked := time.Now().Add(retryAfter); asked.After(b.notBefore) {
		b.notBefore = asked
	}
	if next := started.Add(backoff(b.probes, minProbe, maxProbe)); next.After(b.nextProbe) {
		b.nextProbe = next
	}
}

// untilProbe is the time until the next probe may be sent.
func (b *breaker) untilProbe() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(time.Until(b.nextProbe), time.Until(b.notBefore), time.Until(b.quietUntil))
}
