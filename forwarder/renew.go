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
	checks := time.NewTicker(l.callTime)
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
// delays others by at most callTime.
func (l *leases) renewDue(ctx, sending context.Context) {
	for batch := range slices.Chunk(l.due(time.Now()), queue.MaxBatch) {
		l.calls.Go(func() error { // blocks while maxCalls calls are in progress
			ctx, cancel := context.WithTimeout(ctx, l.callTime)
			defer cancel()
			if sending.Err() == nil {
				defer context.AfterFunc(sending, cancel)()
			}
			if batch := l.begin(batch); len(batch) > 0 {
				now := time.Now() // before the call, so that until is never later than the time that SQS counts
				timeout := l.timeout(batch, now)
				l.end(batch, l.source.Extend(ctx, messagesOf(batch), timeout), now.Add(timeout))
			}
			return nil
		})
	}
}

// due returns the messages to be renewed, the most urgent first; those that were received together are side by side.
func (l *leases) due(now time.Time) []*lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var due []*lease
	for m := range l.all {
		// A message is not kept beyond maxLease: it becomes visible by itself, at most an hour later.
		last := m.Received.Add(maxLease)
		if l.isRenewable(m) && m.until.Before(last) && now.Before(last) && m.until.Sub(now) < l.visibility/2 {
			due = append(due, m)
		}
	}
	slices.SortFunc(due, func(a, b *lease) int { return a.until.Compare(b.until) })
	return due
}

func (l *leases) isRenewable(m *lease) bool {
	_, here := l.all[m]
	return here && !m.lost && !m.releasing && !m.renewing
}

// begin marks and returns the messages of the batch that still have to be renewed: some may have been settled by now.
func (l *leases) begin(batch []*lease) (still []*lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range batch {
		if l.isRenewable(m) {
			m.renewing = true
			still = append(still, m)
		}
	}
	return still
}

// timeout is the longest that SQS accepts for every message of the batch, at most the queue's own, in whole seconds.
func (l *leases) timeout(batch []*lease, now time.Time) time.Duration {
	timeout := l.visibility
	for _, m := range batch {
		timeout = min(timeout, queue.MaxHold-clockSlack-now.Sub(m.Received))
	}
	return timeout.Truncate(time.Second)
}

func (l *leases) end(batch []*lease, errs []error, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range batch {
		m.renewing = false
		_, here := l.all[m]
		switch {
		case !here:
			// Settled while the call was in progress.
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

// stopRenewing excludes the batch from renewal and waits for renewals that are in progress: a renewal after the release
// of a message would hide it again.
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
