package forwarder

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// lease is a received message: invisible to others until it is deleted, released, or its visibility timeout ends.
type lease struct {
	queue.Message
	event event.Event
	span  Span // nil when events are not traced

	until     time.Time // when it becomes visible to others, unless renewed; guarded by leases, as is what follows
	lost      bool
	releasing bool // and so not renewed
	renewing  bool // a call that renews it is under way
}

func (m *lease) renewable() bool { return !m.lost && !m.releasing && !m.renewing }

func (m *lease) field() zap.Field { return zap.String("event", m.event.ID) }

// errorField is what SQS says of the message, without its receipt handle: whoever has that can delete the message.
func (m *lease) errorField(err error) zap.Field {
	if err == nil || m.Receipt == "" {
		return zap.Error(err)
	}
	return zap.String("error", strings.ReplaceAll(err.Error(), m.Receipt, "…"))
}

const (
	// maxLease is how long a message is kept while the receiver is away: an hour less than SQS allows.
	maxLease = queue.MaxHold - time.Hour
	// clockSlack is by how much renewals end before SQS's limit of 12 hours, which SQS counts from before the answer to
	// the receive arrived here.
	clockSlack = time.Minute
	// maxLook bounds the time between two searches for messages that are due, and the time of a call.
	maxLook = 5 * time.Second
)

// leases knows every message that is leased, and renews its visibility from the moment of receipt.
type leases struct {
	source     Source
	visibility time.Duration
	callTime   time.Duration // how long a renewal may take: an eighth of the visibility timeout, or less
	metrics    *metrics
	log        *zap.Logger

	calls    errgroup.Group // renewals under way
	mu       sync.Mutex
	messages map[*lease]struct{}
	renewed  *sync.Cond // a call has ended
}

func newLeases(source Source, visibility time.Duration, m *metrics, log *zap.Logger) *leases {
	l := &leases{source: source, visibility: visibility, metrics: m, log: log, messages: map[*lease]struct{}{}}
	l.callTime = min(max(visibility/8, 10*time.Millisecond), maxLook)
	l.renewed = sync.NewCond(&l.mu)
	l.calls.SetLimit(maxCalls)
	return l
}

func (l *leases) add(messages []queue.Message, toEvent func(*queue.Message) event.Event) []*lease {
	added := make([]*lease, len(messages))
	for i := range messages {
		added[i] = &lease{Message: messages[i], event: toEvent(&messages[i]), until: messages[i].Received.Add(l.visibility)}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range added {
		l.messages[m] = struct{}{}
	}
	l.metrics.inFlight.Set(float64(len(l.messages)))
	return added
}

// remove forgets a message; its visibility is no longer renewed.
func (l *leases) remove(m *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.messages, m)
	l.metrics.inFlight.Set(float64(len(l.messages)))
}

func (l *leases) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.messages)
}

// valid reports whether the message is still invisible to others.
func (l *leases) valid(m *lease) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !m.lost && time.Now().Before(m.until)
}

// renew looks eight times per visibility timeout, or more often, for messages that have used up half of it, until ctx
// ends. When sending ends, calls under way are cut off: the messages are to be released then, and there is no time to
// wait for the answers.
func (l *leases) renew(ctx, sending context.Context) {
	defer func() { _ = l.calls.Wait() }()
	looks := time.NewTicker(l.callTime)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			l.renewDue(ctx, sending)
		}
	}
}

// renewDue returns when the last call has begun. A call without an answer delays others at most by callTime.
func (l *leases) renewDue(ctx, sending context.Context) {
	for batch := range slices.Chunk(l.due(time.Now()), queue.MaxBatch) {
		l.calls.Go(func() error { // blocks while there are as many as there may be
			ctx, cancel := context.WithTimeout(ctx, l.callTime)
			defer cancel()
			if sending.Err() == nil {
				defer context.AfterFunc(sending, cancel)()
			}
			l.extend(ctx, batch)
			return nil
		})
	}
}

// stopRenewing blocks while the batch is being renewed: a renewal that came after a message is released would hide it
// again.
func (l *leases) stopRenewing(batch []*lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range batch {
		m.releasing = true
	}
	for slices.ContainsFunc(batch, func(m *lease) bool { return m.renewing }) {
		l.renewed.Wait()
	}
}

// due are the messages to be renewed, the most urgent first; those that were received together are side by side.
func (l *leases) due(now time.Time) []*lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var due []*lease
	for m := range l.messages {
		// Nobody waits for a message beyond maxLease: it becomes visible by itself then, at most an hour later.
		last := m.Received.Add(maxLease)
		if m.renewable() && m.until.Before(last) && now.Before(last) && m.until.Sub(now) < l.visibility/2 {
			due = append(due, m)
		}
	}
	slices.SortFunc(due, func(a, b *lease) int { return a.until.Compare(b.until) })
	return due
}

// timeout is what SQS allows for all of the batch, in whole seconds.
func (l *leases) timeout(batch []*lease, now time.Time) time.Duration {
	timeout := l.visibility
	for _, m := range batch {
		timeout = min(timeout, queue.MaxHold-clockSlack-now.Sub(m.Received))
	}
	return timeout.Truncate(time.Second)
}

func (l *leases) extend(ctx context.Context, batch []*lease) {
	batch = l.begin(batch)
	if len(batch) == 0 {
		return
	}
	now := time.Now() // before the call, so until is never later than what SQS counts
	timeout := l.timeout(batch, now)
	l.end(batch, l.source.Extend(ctx, messagesOf(batch), timeout), now.Add(timeout))
}

// begin returns those of the batch that are still to be renewed: it may have waited for its turn.
func (l *leases) begin(batch []*lease) (still []*lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range batch {
		if _, here := l.messages[m]; here && m.renewable() {
			m.renewing = true
			still = append(still, m)
		}
	}
	return still
}

func (l *leases) end(batch []*lease, errs []error, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range batch {
		m.renewing = false
		_, here := l.messages[m]
		switch {
		case !here:
			// Settled while the call was under way.
		case errs[i] == nil:
			m.until = until
			l.metrics.renewals.Inc()
		case errors.Is(errs[i], queue.ErrGone) || time.Now().After(m.until):
			m.lost = true
			l.log.Warn(
				"lease is lost: the message is visible to others, or was deleted or purged", m.field(), m.errorField(errs[i]),
			)
		}
	}
	l.renewed.Broadcast()
}

func messagesOf(batch []*lease) []queue.Message {
	messages := make([]queue.Message, len(batch))
	for i, m := range batch {
		messages[i] = m.Message
	}
	return messages
}
