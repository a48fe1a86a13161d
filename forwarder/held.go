package forwarder

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// held is a message that we have: invisible to others, and ours to deliver, until it is settled, given back or gone.
type held struct {
	queue.Message
	event event.Event
	span  Span // nil when events are not traced

	until    time.Time // when it becomes visible to others, unless renewed; guarded by the table, as is what follows
	gone     bool      // it is no longer ours
	back     bool      // it is being given back, and so not renewed
	renewing bool      // a call that renews it is under way
}

func (m *held) renewable() bool { return !m.gone && !m.back && !m.renewing }

func (m *held) field() zap.Field { return zap.String("event", m.event.ID) }

// maxHold is how long a message is held while the receiver is away. It lies an hour under what SQS allows.
const maxHold = queue.MaxHold - time.Hour

// clocks is what renewals stay under what SQS allows: it counts from before the answer to the receive came here.
const clocks = time.Minute

// lookOften bounds the time between two looks at what is due, and that of a call.
const lookOften = 5 * time.Second

// table knows every message held and renews its visibility from the moment of receipt.
type table struct {
	source     Source
	visibility time.Duration
	eighth     time.Duration // of the visibility timeout, or less
	room       *room
	metrics    *metrics
	log        *zap.Logger

	calls    errgroup.Group // renewals under way
	mu       sync.Mutex
	speed    speed
	messages map[*held]struct{}
	renewed  *sync.Cond // a call has ended
}

func newTable(source Source, visibility time.Duration, r *room, m *metrics, log *zap.Logger) *table {
	t := &table{source: source, visibility: visibility, room: r, metrics: m, log: log, messages: map[*held]struct{}{}}
	t.eighth = min(max(visibility/8, 10*time.Millisecond), lookOften)
	t.speed = speed{visibility: visibility, longest: t.eighth, took: t.eighth}
	t.renewed = sync.NewCond(&t.mu)
	t.calls.SetLimit(maxCalls)
	t.fit()
	return t
}

func (t *table) add(messages []queue.Message, toEvent func(*queue.Message) event.Event) []*held {
	added := make([]*held, len(messages))
	for i := range messages {
		added[i] = &held{Message: messages[i], event: toEvent(&messages[i]), until: messages[i].Received.Add(t.visibility)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range added {
		t.messages[m] = struct{}{}
	}
	t.metrics.inFlight.Set(float64(len(t.messages)))
	return added
}

// remove forgets a message; its visibility is no longer renewed.
func (t *table) remove(m *held) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.messages, m)
	t.metrics.inFlight.Set(float64(len(t.messages)))
}

func (t *table) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.messages)
}

// isOurs tells whether others can't see the message yet.
func (t *table) isOurs(m *held) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !m.gone && time.Now().Before(m.until)
}

// renew looks eight times per visibility timeout, or more often, for messages that have used up half of it.
func (t *table) renew(ctx context.Context) {
	defer func() { _ = t.calls.Wait() }()
	looks := time.NewTicker(t.eighth)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			t.fit()
			t.renewDue(ctx)
		}
	}
}

// fit makes room for no more than renewals keep up with. A call takes an eighth of the visibility timeout at most, so that is never for
// less than 1,280 messages, and MaxInFlight counts alone unless it is more.
func (t *table) fit() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.metrics.maxInFlight.Set(float64(t.room.fit(t.speed.keeps())))
}

// renewDue returns when the last call has begun: one that gets no answer holds up no other for longer than it may take itself.
func (t *table) renewDue(ctx context.Context) {
	for batch := range slices.Chunk(t.due(time.Now()), queue.MaxBatch) {
		t.calls.Go(func() error { // blocks while there are as many as there may be
			t.extend(ctx, batch)
			return nil
		})
	}
}

// renewNoMore blocks while the batch is being renewed: a renewal that came after a message is given back would hide it again.
func (t *table) renewNoMore(batch []*held) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range batch {
		m.back = true
	}
	for slices.ContainsFunc(batch, func(m *held) bool { return m.renewing }) {
		t.renewed.Wait()
	}
}

// due are the messages to be renewed, the most urgent first; those that were received together are side by side. Where receives wait
// because renewals are not known to be faster, there are always enough to find out.
func (t *table) due(now time.Time) []*held {
	t.mu.Lock()
	defer t.mu.Unlock()
	var due, young []*held
	for m := range t.messages {
		// Nobody waits for a message beyond maxHold: it becomes visible by itself then, at most an hour later.
		last := m.Received.Add(maxHold)
		switch {
		case !m.renewable() || !m.until.Before(last) || !now.Before(last):
		case m.until.Sub(now) < t.visibility/2:
			due = append(due, m)
		case len(young) < sample*queue.MaxBatch:
			young = append(young, m)
		}
	}
	slices.SortFunc(due, func(a, b *held) int { return a.until.Compare(b.until) })
	if more := sample*queue.MaxBatch - len(due); more > 0 && t.room.short() {
		due = append(due, young[:min(more, len(young))]...)
	}
	return due
}

// timeout is what SQS allows for all of the batch, in whole seconds.
func (t *table) timeout(batch []*held, now time.Time) time.Duration {
	timeout := t.visibility
	for _, m := range batch {
		timeout = min(timeout, queue.MaxHold-clocks-now.Sub(m.Received))
	}
	return timeout.Truncate(time.Second)
}

func (t *table) extend(ctx context.Context, batch []*held) {
	batch = t.begin(batch)
	if len(batch) == 0 {
		return
	}
	// One whose answer never comes must leave time for a second try.
	ctx, cancel := context.WithTimeout(ctx, t.eighth)
	defer cancel()
	now := time.Now() // before the call, so until is never later than what SQS counts
	timeout := t.timeout(batch, now)
	errs := t.source.Extend(ctx, messagesOf(batch), timeout)
	took := time.Since(now)
	if !slices.Contains(errs, nil) {
		took = t.eighth // it brought nothing
	}
	t.end(batch, errs, now.Add(timeout), took)
}

// begin returns those of the batch that are still to be renewed: it may have waited for its turn.
func (t *table) begin(batch []*held) (still []*held) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range batch {
		if _, here := t.messages[m]; here && m.renewable() {
			m.renewing = true
			still = append(still, m)
		}
	}
	return still
}

func (t *table) end(batch []*held, errs []error, until time.Time, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.speed.learn(took)
	for i, m := range batch {
		m.renewing = false
		_, here := t.messages[m]
		switch {
		case !here:
			// Settled while the call was under way.
		case errs[i] == nil:
			m.until = until
			t.metrics.renewals.Inc()
		case errors.Is(errs[i], queue.ErrGone) || time.Now().After(m.until):
			m.gone = true
			t.log.Warn("message is visible to others again: it will come a second time", m.field(), zap.Error(errs[i]))
		}
	}
	t.renewed.Broadcast()
}

func messagesOf(batch []*held) []queue.Message {
	messages := make([]queue.Message, len(batch))
	for i, m := range batch {
		messages[i] = m.Message
	}
	return messages
}
