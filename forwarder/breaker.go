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

// breaker lets deliveries through while the receiver accepts events (closed), and holds them while it does not (open).
// While it is open, one waiting request is sent as a probe, at growing intervals, until the receiver accepts or refuses
// one; while a probe is in progress, the breaker is called half-open.
type breaker struct {
	quietTime time.Duration // how long nothing is sent to a receiver that has just come back: SINK_SETTLE
	inFlight  func() int    // how many messages are leased: one of them can be the probe
	up        prometheus.Gauge
	log       *zap.Logger
	phase     atomic.Pointer[phase] // changes under mu

	mu           sync.Mutex
	unreached    error               // nil once the receiver has been reached
	delivered    bool                // an event has been delivered since the start
	refused      map[string]struct{} // events refused before the first delivery, for a reason that may be the format
	failed       map[string]struct{} // events that failed since the last success
	cause        sink.Verdict        // the last failure while the breaker is open
	since        time.Time           // when the breaker opened
	notListening bool                // the last check before a probe found nothing listening at the receiver's address
	quietUntil   time.Time           // end of the quiet time; zero if that has not begun
	lastLogged   time.Time
	lastAdmitted time.Time // when a receive was last let through while the breaker was open
	failures     int       // in a row: the one that opened the breaker, and the failed probes since
	notBefore    time.Time // no probe is sent before this time, which the receiver gave in Retry-After
	nextProbe    time.Time
}

// phase is a period during which the breaker is open, or is closed.
type phase struct {
	open bool
	over chan struct{} // closed at its end
}

// forever is a wait without a timeout: only the end of the phase or of the context ends it.
const forever time.Duration = math.MaxInt64

// wait blocks until d has passed; it returns false if the phase or ctx ends first.
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
	minFailed = 3           // different events that must fail, with no success in between, to open the breaker
	logAgain  = time.Minute // interval at which an open breaker is logged
	// admitSuspect is how often an open breaker lets one receive through if the leased events, and not the receiver, may
	// be why deliveries fail.
	admitSuspect = 30 * time.Second
)

// action is what is to be done with a request's events after a verdict.
type action int

const (
	settleEvents action = iota // they are delivered, or refused for good
	retryEvents                // they failed, but others may not: try again after a back-off of their own
	splitEvents                // one of them is refused, and the receiver does not say which: send them one by one
	holdEvents                 // the breaker is open and decides when to try again
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

// record updates the breaker with the verdict on a job's request, and decides what is done with the events.
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
		if !v.IsReceiverFault() && len(b.failed) < minFailed {
			return retryEvents
		}
	}
	b.failure(started, probe, v)
	return holdEvents
}

// failure opens the breaker, or delays the next probe of an open one.
func (b *breaker) failure(started time.Time, probe bool, v sink.Verdict) {
	opens := !b.isOpen()
	if opens {
		started = time.Now()
		b.since, b.lastAdmitted, b.quietUntil, b.notListening, b.failures = started, started, time.Time{}, false, 0
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

func (b *breaker) logOpen() {
	b.lastLogged = time.Now()
	fields := b.fields()
	switch {
	case !b.isWrongFormat():
		b.log.Warn("receiver does not accept events: keeping the received messages and receiving no more", fields...)
		return
	case b.cause.Format != "":
		fields = append(fields, zap.String("try_format", b.cause.Format))
	}
	b.log.Error(
		"receiver refuses every event, probably because of FORMAT: keeping the events, trying one now and then", fields...,
	)
}

func (b *breaker) fields() []zap.Field {
	return []zap.Field{
		zap.Int("in_flight", b.inFlight()), zap.String("reason", b.cause.Reason), zap.Duration("for", time.Since(b.since)),
	}
}

// success closes an open breaker. With SINK_SETTLE, the first success only begins the quiet time, and the breaker
// closes at the first success after the quiet time. If the receiver has asked to wait (Retry-After), a success does not
// count before that time is over if its attempt began before the breaker opened.
func (b *breaker) success(started time.Time) {
	clear(b.failed)
	b.firstReached()
	if !b.isOpen() || (started.Before(b.since) && time.Now().Before(b.notBefore)) || b.keepQuiet() {
		return
	}
	b.notBefore = time.Time{}
	b.begin(false)
	b.up.Set(1)
	b.log.Info("receiver accepts events again",
		zap.Int("in_flight", b.inFlight()), zap.Duration("after", time.Since(b.since)))
}

// keepQuiet begins the quiet time of a receiver that has come back, and reports whether that time is still running.
func (b *breaker) keepQuiet() bool {
	if b.quietTime > 0 && b.quietUntil.IsZero() {
		b.quietUntil = time.Now().Add(b.quietTime)
		b.log.Info("receiver is back: sending nothing until SINK_SETTLE has passed",
			append(b.fields(), zap.Duration("wait", b.quietTime))...)
	}
	return time.Now().Before(b.quietUntil)
}

// reach records whether something listens at the receiver's address, and reports whether the receiver was ever reached.
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
	wasNotListening := b.notListening
	if b.notListening = err != nil; b.notListening {
		b.quietUntil = time.Time{}
		b.delayProbe(time.Now(), 0)
		return false
	}
	return !wasNotListening || !b.keepQuiet()
}

// waitToReceive blocks pollers while the breaker is open and returns false when ctx ends.
func (b *breaker) waitToReceive(ctx context.Context) bool {
	for ctx.Err() == nil {
		phase := b.phase.Load()
		if !phase.open || b.admitsReceive() {
			return true
		}
		phase.wait(ctx, maxProbeInterval)
	}
	return false
}

// admitsReceive lets a receive through an open breaker, now and then, in two cases: no message is leased, so there is
// nothing to probe with, or the leased events themselves may be why it is open.
func (b *breaker) admitsReceive() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	every := maxProbeInterval
	if b.inFlight() > 0 {
		if b.cause.IsReceiverFault() {
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

// health returns nil while the receiver accepts events, and otherwise why it does not.
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

// delayProbe sets the time of the next probe after one that failed. The pause counts from the start of the failed
// probe, which may have waited long for an answer while other probes were started.
func (b *breaker) delayProbe(started time.Time, retryAfter time.Duration) {
	b.failures++
	if asked := time.Now().Add(retryAfter); asked.After(b.notBefore) {
		b.notBefore = asked
	}
	if next := started.Add(backoff(b.failures, minProbe, maxProbeInterval)); next.After(b.nextProbe) {
		b.nextProbe = next
	}
}

// untilProbe returns the time until the next probe may be sent.
func (b *breaker) untilProbe() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(time.Until(b.nextProbe), time.Until(b.notBefore), time.Until(b.quietUntil))
}
