package forwarder

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// breaker lets deliveries through while the receiver accepts events (closed), and holds them while it does not (open).
// While it is open, one waiting request after another is sent as a probe, at growing intervals, until the receiver
// accepts an event. A refusal is enough, too, unless the breaker is open because every event is refused. While a probe
// is in progress, the breaker is called half-open. At the start it is open until the receiver can be reached.
type breaker struct {
	quietTime time.Duration // how long nothing is sent to a receiver that has just come back: SINK_SETTLE
	inFlight  func() int    // how many messages are leased
	waiting   func() int    // how many jobs wait to be sent: one of them can be the probe
	up        prometheus.Gauge
	log       *zap.Logger
	phase     atomic.Pointer[phase] // changes under mu

	mu        sync.Mutex
	delivered bool                // an event has been delivered since the start
	refused   map[string]struct{} // events refused before the first delivery, for a reason that may be the format
	failed    map[string]struct{} // events that failed since the last success
	outage                        // the current one, or the last one
}

// outage says why and since when the breaker is open, and before what time no probe may be sent.
type outage struct {
	atStart      bool // the receiver has never been reached
	since        time.Time
	cause        sink.Verdict // the last failure
	notBefore    time.Time    // the time that Retry-After gave, or the end of the quiet time (SINK_SETTLE)
	checked      time.Time    // when the last connection check began
	notListening bool         // that check found nothing listening at the receiver's address
	quiet        bool         // the receiver has come back, and the quiet time (SINK_SETTLE) has begun
	reported     bool         // it was logged
	logged       string       // the Key of the cause that was logged last, in this outage or the one before
	lastLogged   time.Time
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
	// minDifferent is how many different events must fail, with no success in between, to open the breaker if the events
	// themselves may be the cause; any other failure opens it at once. If so many are refused before the first delivery,
	// FORMAT counts as wrong.
	minDifferent = 3
	// maxEarlyRetries is how many times an event that is refused before the first delivery is sent again until the
	// refusal is final. That takes about ten seconds, in which other events show whether the format is wrong.
	maxEarlyRetries = 7
	// sameCauseLogInterval is the time between two log entries about an outage whose cause stays the same.
	sameCauseLogInterval = time.Minute
	// newCauseLogInterval is that time if the cause has changed. It is not zero, because the receiver may give another
	// reason in each answer.
	newCauseLogInterval = 10 * time.Second
	// suspectReceiveInterval is how often an open breaker lets one receive through if the leased events, and not the
	// receiver, may be why deliveries fail.
	suspectReceiveInterval = 30 * time.Second
)

// action is what is to be done with a request's events after a verdict.
type action int

const (
	settleEvents action = iota // they are delivered, or refused for good
	retryEvents                // they failed, but others may not: try again after a back-off of their own
	splitEvents                // one of them may be why all fail, but the receiver does not say which: send them singly
	holdEvents                 // the breaker is open and decides when to try again
)

const notReached = "not reached yet"

func newBreaker(quietTime time.Duration, inFlight, waiting func() int, up prometheus.Gauge, log *zap.Logger) *breaker {
	b := &breaker{
		quietTime: quietTime, inFlight: inFlight, waiting: waiting, up: up, log: log,
		refused: map[string]struct{}{}, failed: map[string]struct{}{},
		outage: outage{
			atStart: true, since: time.Now(), cause: sink.Verdict{Fate: sink.Unavailable, Reason: notReached},
		},
	}
	b.phase.Store(&phase{open: true, over: make(chan struct{})})
	return b
}

func (b *breaker) isOpen() bool { return b.phase.Load().open }

func (b *breaker) begin(open bool) {
	last := b.phase.Swap(&phase{open: open, over: make(chan struct{})})
	close(last.over)
}

// record updates the breaker with the verdict on a job's request, and decides what is done with the events.
func (b *breaker) record(j job, probe bool, started time.Time, v sink.Verdict) action {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case v.Fate == sink.Delivered:
		b.delivered = true
		b.success(started)
		return settleEvents
	case v.Fate == sink.Refused && len(j.unit) > 1:
		b.refusedButUp(started)
		return splitEvents
	case v.Fate == sink.Refused && v.Status == 0:
		return settleEvents // it was never sent, so this says nothing about the receiver
	case v.Fate == sink.Refused:
		return b.refusal(j, started, v)
	case !b.isOpen():
		b.failed[j.unit[0].ID] = struct{}{}
		if !v.AffectsEveryEvent() && len(b.failed) < minDifferent {
			return retryEvents
		}
	}
	b.failure(v)
	if probe && len(j.unit) > 1 && v.Status != 0 { // it answers, and perhaps so because of one of the events
		return splitEvents
	}
	return holdEvents
}

// refusal decides on an event that the receiver will never accept. Before the first delivery the format may be the
// reason.
func (b *breaker) refusal(j job, started time.Time, v sink.Verdict) action {
	early := !b.delivered && v.MayBeFormat()
	if early && len(b.refused) < minDifferent {
		b.refused[j.unit[0].ID] = struct{}{}
	}
	if early && len(b.refused) >= minDifferent {
		hint := "every event is refused: the receiver does not seem to read this FORMAT"
		if v.Format != "" {
			hint = "the receiver seems to read FORMAT=" + v.Format
		}
		v.Reason += " (" + hint + ")"
		b.failure(v)
		return holdEvents
	}
	b.refusedButUp(started)
	if early && j.tries < maxEarlyRetries {
		return retryEvents
	}
	return settleEvents
}

// refusedButUp records a refusal as a success, because a receiver that refuses an event is there. While the breaker is
// open because every event is refused, another refusal changes nothing.
func (b *breaker) refusedButUp(started time.Time) {
	if !b.isWrongFormat() {
		b.success(started)
	}
}

// isWrongFormat reports whether the breaker is open because every event is refused.
func (b *breaker) isWrongFormat() bool { return b.isOpen() && b.cause.Fate == sink.Refused }

// failure opens the breaker, or keeps it open.
func (b *breaker) failure(v sink.Verdict) {
	if !b.isOpen() {
		b.outage = outage{since: time.Now(), logged: b.logged, lastLogged: b.lastLogged}
		b.begin(true)
		b.up.Set(0)
	}
	b.notBefore = later(b.notBefore, time.Now().Add(v.RetryAfter))
	b.cause = v
	sinceLogged := time.Since(b.lastLogged)
	if sinceLogged > sameCauseLogInterval || v.Key() != b.logged && sinceLogged > newCauseLogInterval {
		b.logOutage()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// untilAllowed returns the time until the next probe may be sent.
func (b *breaker) untilAllowed() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Until(b.notBefore)
}

func (b *breaker) logOutage() { // 'stack status' quotes the beginnings of both texts
	b.logged, b.lastLogged, b.reported = b.cause.Key(), time.Now(), true
	level, text := zap.WarnLevel, "receiver does not accept events: keeping the received messages and receiving few others"
	if b.isWrongFormat() {
		level = zap.ErrorLevel
		text = "receiver refuses every event, probably because of FORMAT: keeping the events, trying one now and then"
	}
	b.log.Log(level, text, b.fields()...)
}

func (b *breaker) fields() []zap.Field {
	return []zap.Field{
		zap.Int("in_flight", b.inFlight()), zap.String("reason", b.cause.Reason), zap.Duration("for", time.Since(b.since)),
	}
}

// health returns nil while the receiver accepts events, and otherwise why it does not.
func (b *breaker) health() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.isOpen() {
		return nil
	}
	return errors.New(b.cause.Reason)
}

// success closes an open breaker. With a quiet time (SINK_SETTLE), the first success only begins that time, and the
// breaker closes at the first success after it. An attempt that began before the breaker opened may still succeed. Such
// a success does not close the breaker while Retry-After forbids sending: the receiver has asked to wait since then.
func (b *breaker) success(started time.Time) {
	clear(b.failed)
	if !b.isOpen() || (started.Before(b.since) && time.Now().Before(b.notBefore)) || b.keepQuiet() {
		return
	}
	b.close()
}

func (b *breaker) close() {
	b.begin(false)
	b.up.Set(1)
	if b.reported {
		text := "receiver accepts events again"
		if b.atStart {
			text = "receiver can be reached: sending events"
		}
		b.log.Info(text,
			zap.Int("in_flight", b.inFlight()), zap.Duration("after", time.Since(b.since)))
	}
}

// keepQuiet begins the quiet time of a receiver that has come back, and reports whether that time is still running.
func (b *breaker) keepQuiet() bool {
	if b.quietTime > 0 && !b.quiet {
		b.quiet, b.reported = true, true
		b.notBefore = later(b.notBefore, time.Now().Add(b.quietTime))
		b.log.Info("receiver is back: sending nothing until SINK_SETTLE has passed",
			append(b.fields(), zap.Duration("wait", b.quietTime))...)
	}
	return b.quiet && time.Now().Before(b.notBefore)
}

// reach connects to the receiver, and reports whether an event may be sent as a probe now. If it connects, it closes
// the breaker at the start, and after the quiet time if no message is leased. If several checks are in progress, the
// one that began last counts: others may have waited for a receiver that was not there yet.
func (b *breaker) reach(ctx context.Context, connect func(context.Context) error) bool {
	started := time.Now()
	err := connect(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if ctx.Err() != nil || !b.isOpen() || started.Before(b.checked) {
		return false
	}
	wasNotListening := b.notListening
	b.checked, b.notListening = started, err != nil
	switch {
	case err != nil:
		b.quiet = false
		reason := err.Error()
		if b.atStart {
			reason = notReached + ": " + reason
		}
		b.failure(sink.Verdict{Fate: sink.Unavailable, Reason: reason, Err: err})
		return false
	case wasNotListening && b.keepQuiet(), time.Now().Before(b.notBefore):
		return false
	case b.atStart, b.quiet && b.inFlight() == 0:
		b.close()
		return false
	}
	return true
}

// waitToReceive blocks a poller while the breaker is open and returns false when ctx ends.
func (b *breaker) waitToReceive(ctx context.Context) bool {
	for since := time.Now(); ctx.Err() == nil; {
		phase := b.phase.Load()
		if !phase.open || b.admitsReceive(time.Since(since)) {
			return true
		}
		phase.wait(ctx, maxProbeInterval)
	}
	return false
}

// admitsReceive reports whether a poller that has waited may receive although the breaker is open, for one of two
// reasons: no event waits to be sent, so there is nothing to probe with, or the leased events themselves may be why it
// is open. If there are only a few, they may be the reason whatever the receiver answers: some answer 503 or 403 to one
// event and accept all others. At the start it may receive at once: the receiver is usually there, and the first event
// need not wait for the connection check.
func (b *breaker) admitsReceive(waited time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case time.Now().Before(b.notBefore):
		return false
	case b.waiting() == 0:
		return b.atStart && b.inFlight() == 0 || waited >= maxProbeInterval
	}
	return waited >= suspectReceiveInterval && (!b.cause.AffectsEveryEvent() || b.inFlight() <= queue.MaxBatch)
}
