package forwarder

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	decided   chan struct{}         // closed when it is known whether early refusals were the events' own
	decide    func()                // closes it

	mu           sync.Mutex
	unreached    error                       // nil when the receiver has been reached since the start
	delivered    bool                        // an event has been delivered since the start
	refused      map[int]map[string]struct{} // by status: the events refused before the first delivery
	failed       map[string]struct{}         // events that failed since the last success
	cause        sink.Verdict                // why it is open
	since        time.Time                   // open since
	suspect      bool                        // the events held may be the reason, not the receiver
	wrongFormat  bool                        // open because every event is refused, which points to a wrong FORMAT
	away         bool                        // nothing listened when that was last checked before a probe
	quiet        bool                        // the receiver is back, and its quiet time has begun
	lastLogged   time.Time
	lastAdmitted time.Time // when a receive was last admitted although open
	probes       int       // failed ones in a row
	notBefore    time.Time // no probe before: the receiver asked for it, or is left alone
	nextProbe    time.Time
}

// phase is a time in which the breaker is open, or closed.
type phase struct {
	open bool
	over chan struct{} // closed at its end
}

// wait blocks until the phase is over or ctx ends.
func (p *phase) wait(ctx context.Context) {
	select {
	case <-p.over:
	case <-ctx.Done():
	}
}

const (
	minFailed    = 3                // different events that must fail in a row, with no success between, to open it
	logAgain     = time.Minute      // how often an open breaker is logged
	admitSuspect = 30 * time.Second // how often it admits a receive when the events may be why it is open
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
	doubtEvent                // it is refused before anything was delivered: wait to see if others are refused alike
)

func newBreaker(quietTime time.Duration, inFlight func() int, up prometheus.Gauge, log *zap.Logger) *breaker {
	b := &breaker{
		quietTime: quietTime, inFlight: inFlight, up: up, log: log, unreached: errNotReached,
		decided: make(chan struct{}), refused: map[int]map[string]struct{}{}, failed: map[string]struct{}{},
	}
	b.decide = sync.OnceFunc(func() { close(b.decided) })
	b.phase.Store(&phase{over: make(chan struct{})})
	return b
}

func (b *breaker) isOpen() bool { return b.phase.Load().open }

func (b *breaker) begin(open bool) {
	last := b.phase.Swap(&phase{open: open, over: make(chan struct{})})
	close(last.over)
}

// record takes the verdict on a try with the event id, and decides, once, what is to be done with the event.
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
		return settleEvent // it was never sent, so this says nothing about the receiver
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

// refusal decides on an event that the receiver will never take. Before the first delivery the configuration may be the
// reason.
func (b *breaker) refusal(id string, started time.Time, probe bool, v sink.Verdict) action {
	doubtful := !b.delivered && v.OfForm()
	if doubtful && b.wrongFormat && b.isOpen() {
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
	b.wrongFormat = true
	b.trip(v, true)
	b.decide()
	return holdEvent
}

// ownRefusal waits until it is known whether early refusals are the events' own or the format's: something is
// delivered, others are refused alike, or neither for a while.
func (b *breaker) ownRefusal(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, maxDoubt)
	defer cancel()
	select {
	case <-b.decided:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.delivered || !b.wrongFormat
}

func (b *breaker) trip(v sink.Verdict, suspect bool) {
	now := time.Now()
	b.since, b.suspect, b.quiet, b.away, b.probes = now, suspect, false, false, 0
	b.begin(true)
	b.up.Set(0)
	b.logOpen(v)
	b.delayProbe(now, v.RetryAfter)
}

func (b *breaker) logOpen(v sink.Verdict) {
	b.cause, b.lastLogged = v, time.Now()
	fields := b.fields()
	switch {
	case !b.wrongFormat:
		b.log.Warn("receiver takes no events: keeping those that are here, receiving no more", fields...)
		return
	case v.Format != "":
		fields = append(fields, zap.String("try_format", v.Format))
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

// failAgain records a failure while the breaker is open.
func (b *breaker) failAgain(started time.Time, probe bool, v sink.Verdict) {
	if probe {
		b.delayProbe(started, v.RetryAfter)
	}
	if v.Key() != b.cause.Key() || time.Since(b.lastLogged) > logAgain {
		b.logOpen(v)
	}
	b.cause = v
}

// success closes an open breaker. While the receiver has asked to wait (Retry-After), the success of a try that began
// before the breaker opened is ignored.
func (b *breaker) success(started time.Time) {
	clear(b.failed)
	b.firstReached()
	if !b.isOpen() || (started.Before(b.since) && time.Now().Before(b.notBefore)) || b.leftAlone() {
		return
	}
	b.wrongFormat, b.notBefore = false, time.Time{}
	b.begin(false)
	b.up.Set(1)
	b.log.Info("receiver takes events again",
		zap.Int("in_flight", b.inFlight()), zap.Duration("after", time.Since(b.since)))
}

// leftAlone starts the quiet time of a receiver that has come back, and reports whether that time is still running.
func (b *breaker) leftAlone() bool {
	if b.quietTime > 0 && !b.quiet {
		b.quiet, b.notBefore = true, time.Now().Add(b.quietTime)
		b.log.Info("receiver is back, waiting as SINK_SETTLE asks",
			append(b.fields(), zap.Duration("wait", b.quietTime))...)
	}
	return b.quiet && time.Now().Before(b.notBefore)
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
		b.quiet = false
		b.delayProbe(time.Now(), 0)
		return false
	}
	return !wasAway || !b.leftAlone()
}

// wait blocks until the breaker is closed, ctx ends or d is over.
func (b *breaker) wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if phase := b.phase.Load(); phase.open {
		phase.wait(ctx)
	}
}

// answered records an answer that shows that the receiver is there but says nothing about any single event.
func (b *breaker) answered(started time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer(started)
}

// answer closes the breaker unless it is open because of the format: then a refusal says nothing new.
func (b *breaker) answer(started time.Time) {
	if !b.wrongFormat || !b.isOpen() {
		b.success(started)
	}
}

// waitToReceive blocks pollers while the breaker is open and returns false when ctx ends. An open breaker still lets a
// receive through, now and then, in two cases: no message is leased, so there is nothing to probe with, or the leased
// events themselves may be why it opened.
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
	b.mu.Lock()
	defer b.mu.Unlock()
	every := admitSuspect
	switch {
	case b.inFlight() == 0:
		every = maxProbe
	case !b.suspect:
		return false
	}
	now := time.Now()
	if now.Sub(b.since) < every || now.Sub(b.lastAdmitted) < every || now.Before(b.notBefore) {
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
	case b.wrongFormat && b.cause.Format != "":
		hint = " (the receiver seems to read FORMAT=" + b.cause.Format + ")"
	case b.wrongFormat:
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
	return max(time.Until(b.nextProbe), time.Until(b.notBefore))
}

// backoff is a random time up to a bound that doubles with each try ("full jitter"), and at least half of that bound,
// so that many forwarders spread out and none hurries.
func backoff(tries int, lowest, highest time.Duration) time.Duration {
	bound := min(lowest<<min(max(tries-1, 0), maxDoublings), highest)
	return bound/2 + rand.N(bound/2+1) //nolint:gosec // jitter is no secret
}
