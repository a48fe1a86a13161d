package forwarder

import (
	"context"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

const (
	// With a visibility timeout of T seconds, T times this number of messages can be renewed in time. Renewal begins
	// T/2 seconds before the timeout ends. Half of this time, T/4 seconds, is kept for second attempts. In the other T/4
	// seconds, each of the maxCalls goroutines makes T calls of a quarter of a second, each for ten messages.
	maxMessagesPerVisibilitySecond = maxCalls * queue.MaxBatch
	// maxSecondsAtRate limits leases with MAX_RATE: no more messages are leased than can be sent
	// in this number of seconds.
	maxSecondsAtRate = 5
	assumedLargest   = 64 << 10 // the assumed size of the largest message before any has been received
	// maxReceivingBytes limits the memory of concurrent receives: a third or further one begins only if all of them
	// together, each as large as the latest one, do not exceed it. With large events, fewer pollers are enough.
	maxReceivingBytes = 4 << 20
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

// reserve blocks until another receive may begin, and returns how many messages it may ask for: as many as fit into a
// quarter of the allowed bytes, but at least one. It returns false when ctx ends.
func (l *leases) reserve(ctx context.Context) (limit int, ok bool) {
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.room.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil {
		if limit, fits := l.nextReceive(); fits {
			l.receives++
			return limit, true
		}
		l.room.Wait()
	}
	return 0, false
}

// nextReceive returns how many messages the next receive may ask for, and whether it may begin now. The sizes of the
// messages are not known before they arrive, so each is counted as large as the largest one seen lately. Messages that
// turn out larger make the total exceed maxBytes until others are settled. One that is larger than maxBytes counts as
// maxBytes.
func (l *leases) nextReceive() (limit int, fits bool) {
	largest := min(l.largest, l.maxBytes)
	most := min(queue.MaxBatch, max(1, l.maxMessages/4)) // so that a few messages that stay do not stop all receives
	limit = max(1, min(most, l.maxBytes/4/largest))
	receives := l.receives + 1
	fits = len(l.all)+receives*most <= l.maxMessages && receives*limit*largest <= l.maxBytes-l.bytes
	return limit, fits && (receives <= 2 || receives*l.received <= maxReceivingBytes)
}

func (l *leases) size(m *queue.Message) int { return min(len(m.Body), l.maxBytes) }

// wake wakes one waiting poller if there is room for a whole receive: waking one for each settled message would cost
// too much.
func (l *leases) wake() {
	l.metrics.inFlight.Set(float64(len(l.all)))
	if _, fits := l.nextReceive(); fits {
		l.room.Signal()
	}
}
