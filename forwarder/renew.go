package forwarder

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

const (
	// clockSlack is how far before SQS's limit of 12 hours a renewed timeout must end. SQS counts the 12 hours from when
	// it handled the receive, which is earlier than when its answer arrived here.
	clockSlack = time.Minute
	// maxRenewInterval limits the time between two checks for messages to be renewed, and the time of a renewal call.
	maxRenewInterval = 5 * time.Second
)

// renew checks eight times per visibility timeout, or more often, for messages that have used up half of it, until ctx
// ends. When sending ends, calls in progress are cancelled: the messages have to be released then, and there is no time
// to wait for the answers.
func (l *leases) renew(ctx, sending context.Context) {
	defer func() { _ = l.calls.Wait() }()
	checks := time.NewTicker(l.renewInterval)
	defer checks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-checks.C:
			l.renewDue(ctx, sending)
		}
	}
}

// renewDue starts the calls that renew what is due, and returns when the last one has started. A call without an answer
// delays others by at most renewInterval.
func (l *leases) renewDue(ctx, sending context.Context) {
	for batch := range slices.Chunk(l.due(time.Now()), queue.MaxBatch) {
		l.calls.Go(func() error { // blocks while maxCalls calls are in progress
			ctx, cancel := context.WithTimeout(ctx, l.renewInterval)
			defer cancel()
			if sending.Err() == nil {
				defer context.AfterFunc(sending, cancel)()
			}
			now := time.Now() // before the call, so that until is never later than the time that SQS counts
			if batch, timeout := l.begin(batch, now); len(batch) > 0 {
				l.end(batch, l.options.Source.Extend(ctx, messagesOf(batch), timeout), now.Add(timeout))
			}
			return nil
		})
	}
}

// due returns the messages to be renewed, the most urgent first; those that were received together are side by side.
func (l *leases) due(now time.Time) []*leasedMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	var due []*leasedMessage
	for m := range l.all {
		// A message is not kept beyond maxLease: it becomes visible by itself, at most an hour later.
		last := m.Received.Add(maxLease)
		if m.state == leased && m.until.Before(last) && now.Before(last) && m.until.Sub(now) < l.options.Visibility/2 {
			due = append(due, m)
		}
	}
	slices.SortFunc(due, func(a, b *leasedMessage) int { return a.until.Compare(b.until) })
	return due
}

// begin returns the messages of the batch that still have to be renewed (some may have been settled by now), and the
// longest timeout, in whole seconds, that SQS accepts for all of them: at most the queue's own.
func (l *leases) begin(batch []*leasedMessage, now time.Time) (still []*leasedMessage, timeout time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	timeout = l.options.Visibility
	for _, m := range batch {
		if m.state == leased {
			m.state = renewing
			still = append(still, m)
			timeout = min(timeout, queue.MaxHold-clockSlack-now.Sub(m.Received))
		}
	}
	return still, timeout.Truncate(time.Second)
}

func (l *leases) end(batch []*leasedMessage, errs []error, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range batch {
		switch {
		case m.state == settled: // settled while the call was in progress
			continue
		case errs[i] == nil:
			m.until = until
			l.metrics.renewals.Inc()
		case errors.Is(errs[i], queue.ErrLeaseLost) || time.Now().After(m.until):
			m.state = lost
			l.options.Log.Warn(
				"lease is lost: the message is visible to others, or was deleted or purged", m.field(), m.errorField(errs[i]),
			)
			continue
		}
		m.state = leased
	}
	l.renewed.Broadcast()
}

// stopRenewing excludes the batch from renewal and waits for renewals that are in progress: a renewal after the release
// of a message would hide it again.
func (l *leases) stopRenewing(batch []*leasedMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		inProgress := false
		for _, m := range batch {
			switch m.state {
			case leased:
				m.state = releasing
			case renewing:
				inProgress = true
			}
		}
		if !inProgress {
			return
		}
		l.renewed.Wait()
	}
}
