package forwarder

import (
	"context"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// reservation is what one receive may bring. A receive does not say how large its messages are before they are here, so
// it reserves for as many bytes as the largest one seen lately would take. Larger ones exceed the bound until others
// have gone.
type reservation struct{ messages, bytes int }

const (
	// maxRenewed is how many messages can be renewed in time, for each second of the visibility timeout. maxCalls calls
	// run at once, each renews ten messages in at most a quarter of a second. A message is due with half of its timeout
	// left, and half of that time is reserved for second tries.
	maxRenewed   = maxCalls * queue.MaxBatch
	soon         = 5        // seconds
	firstLargest = 64 << 10 // before any message was seen
)

// maxMessages is how many messages may be leased at once: no more than are renewed in time, and, where the rate is
// bounded, no more than are sent soon, so that others who read the queue get the rest.
func maxMessages(o *Options) int {
	n := min(float64(o.MaxInFlight), maxRenewed*o.Visibility.Seconds())
	if o.MaxRate > 0 {
		n = min(n, float64(max(queue.MaxBatch, soon*o.MaxRate)))
	}
	return int(n)
}

// next is what a receive may bring: at most a quarter of all bytes, so that it does not wait for all that is leased to
// go. One message that is larger than all that is allowed counts as all of it.
func (l *leases) next() (r reservation, fits bool) {
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
		if r, fits := l.next(); fits {
			l.count(r.messages, r.bytes)
			return r, true
		}
		l.room.Wait()
	}
	return reservation{}, false
}

func (l *leases) size(m *queue.Message) int { return min(len(m.Body), l.maxBytes) }

// count lets the next receive begin if there is room: to wake one for each message would cost too much.
func (l *leases) count(messages, bytes int) {
	l.messages += messages
	l.bytes += bytes
	l.metrics.inFlight.Set(float64(len(l.all)))
	if _, fits := l.next(); fits {
		l.room.Signal()
	}
}
