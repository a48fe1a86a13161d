package forwarder

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// held is a message that we have: invisible to others, and ours to deliver, until it is settled, given back or gone.
type held struct {
	queue.Message
	event event.Event
	span  Span // nil when events are not traced

	until time.Time // when it becomes visible to others, unless renewed; guarded by the table
	gone  bool      // it is no longer ours; guarded by the table
	back  bool      // it is being given back, and so not renewed; guarded by the table
}

func (m *held) field() zap.Field { return zap.String("event", m.event.ID) }

// maxHold is how long a message is held while the receiver is away. It lies an hour under what SQS allows.
const maxHold = queue.MaxHold - time.Hour

// clocks is what renewals stay under what SQS allows: it counts from before the answer to the receive came here.
const clocks = time.Minute

// mostPause bounds the time between two looks at what is due. A message that is renewed together with an old one gets no more than
// SQS allows for that one: an hour less clocks, at the least.
const mostPause = 10 * time.Minute

// table knows every message held and renews its visibility from the moment of receipt.
type table struct {
	source     Source
	visibility time.Duration
	metrics    *metrics
	log        *zap.Logger

	renewing chan struct{} // holds one while renewals are under way
	mu       sync.Mutex
	messages map[*held]struct{}
}

func newTable(source Source, visibility time.Duration, m *metrics, log *zap.Logger) *table {
	return &table{source: source, visibility: visibility, metrics: m, log: log, renewing: make(chan struct{}, 1), messages: map[*held]struct{}{}}
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
	for pause(ctx, min(max(t.visibility/8, 10*time.Millisecond), mostPause)) {
		t.renewDue(ctx)
	}
}

func (t *table) renewDue(ctx context.Context) {
	t.renewing <- struct{}{}
	defer func() { <-t.renewing }()
	due := t.due(time.Now())
	var calls sync.WaitGroup
	for len(due) > 0 {
		batch := due[:min(len(due), queue.MaxBatch)]
		due = due[len(batch):]
		calls.Go(func() { t.extend(ctx, batch) })
	}
	calls.Wait()
}

// renewNoMore blocks while renewals are under way: one that came after a message is given back would hide it again.
func (t *table) renewNoMore(batch []*held) {
	t.renewing <- struct{}{}
	defer func() { <-t.renewing }()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range batch {
		m.back = true
	}
}

// due are the messages to be renewed, those that were received together side by side.
func (t *table) due(now time.Time) []*held {
	t.mu.Lock()
	defer t.mu.Unlock()
	var due []*held
	for m := range t.messages {
		// Nobody waits for a message beyond maxHold: it becomes visible by itself then, at most an hour later.
		last := m.Received.Add(maxHold)
		if !m.gone && !m.back && m.until.Sub(now) < t.visibility/2 && m.until.Before(last) && now.Before(last) {
			due = append(due, m)
		}
	}
	slices.SortFunc(due, func(a, b *held) int { return a.until.Compare(b.until) })
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
	// All renewals of a round wait for each other, and one whose answer never comes must leave time for a second try.
	ctx, cancel := context.WithTimeout(ctx, t.visibility/8)
	defer cancel()
	now := time.Now() // before the call, so until is never later than what SQS counts
	timeout := t.timeout(batch, now)
	errs := t.source.Extend(ctx, messagesOf(batch), timeout)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, m := range batch {
		_, here := t.messages[m]
		switch {
		case !here:
			// Settled while the call was under way.
		case errs[i] == nil:
			m.until = now.Add(timeout)
			t.metrics.renewals.Inc()
		case errors.Is(errs[i], queue.ErrGone) || time.Now().After(m.until):
			m.gone = true
			t.log.Warn("message is visible to others again: it will come a second time", m.field(), zap.Error(errs[i]))
		}
	}
}

func messagesOf(batch []*held) []queue.Message {
	messages := make([]queue.Message, len(batch))
	for i, m := range batch {
		messages[i] = m.Message
	}
	return messages
}
