package forwarder

import (
	"context"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// reservation is what one receive may return. The sizes of the messages are not known before they arrive, so each is
// counted as large as the largest one seen lately. Messages that are larger exceed the limit until others are settled.
type reservation struct{ messages, bytes int }

const (
	// With a visibility timeout of T seconds, T times this number of messages can be renewed in time. Renewal begins
	// T/2 seconds before the timeout ends. Half of this time, T/4 seconds, is kept for second attempts. In the other T/4
	// seconds, each of the maxCalls goroutines makes T calls of a quarter of a second, each for ten messages.
	maxMessagesPerVisibilitySecond = maxCalls * queue.MaxBatch
	// maxSecondsAtRate limits leases with MAX_RATE: no more messages are leased than can be sent
	// in this number of seconds.
	maxSecondsAtRate = 5
	assumedLargest   = 64 << 10 // the assumed size of the largest message before any has been received
)

// maxMessages is how many messages may be leased at once: no more than can be renewed in time and, with MAX_RATE, no
// more than are sent within maxSecondsAtRate, so that other consumers of the queue get the rest.
func maxMessages(o *Options) int {
	n := min(float64(o.MaxInFlight), maxMessagesPerVisibilitySecond*o.Visibility.Seconds())
	if o.MaxRate > 0 {
		n = min(n, float64(max(queue.MaxBatch, maxSecondsAtRate*o.MaxRate)))
	}
	return int(n)
}

// nextReservation returns the reservation for the next receive: as many messages as fit into a quarter of the allowed
// bytes, but at least one. So a receive usually need not wait until all leased messages are settled. A message
// larger than the whole limit counts as the whole limit.
func (l *leases) nextReservation() (r reservation, fits bool) {
	largest := min(l.largest, l.maxBytes)
	r.messages = max(1, min(queue.MaxBatch, l.maxMessages, l.maxBytes/4/largest))
	r.bytes = r.messages * largest
	return r, l.messages+r.messages <= l.maxMessages && r.bytes <= l.maxBytes-l.bytes
}

// reserve blocks until a receive may begin; it returns false when ctx ends.
func (l *leases) reserve(ctx context.Context) (reservation, bool) {
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.room.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil {
		if r, fits := l.nextReservation(); fits {
			l.adjust(r.messages, r.bytes)
			return r, true
		}
		l.room.Wait()
	}
	return reservation{}, false
}

func (l *leases) size(m *queue.Message) int { return min(len(m.Body), l.maxBytes) }

// adjust changes how much is leased or reserved, and wakes one waiting poller if there is room for a whole receive:
// waking one for each settled message would cost too much.
func (l *leases) adjust(messages, bytes int) {
	l.messages += messages
	l.bytes += bytes
	l.metrics.inFlight.Set(float64(len(l.all)))
	if _, fits := l.nextReservation(); fits {
		l.room.Signal()
	}
}
