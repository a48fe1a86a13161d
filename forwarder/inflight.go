package forwarder

import (
	"context"
	"math"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// inFlight bounds what is leased, in messages and in bytes, together with what receives under way may bring. A receive
// does not say how large its messages are before they are here, so it reserves for as many bytes as the largest one
// seen lately would take.
type inFlight struct {
	maxMessages, maxBytes int64
	messages, bytes       *semaphore.Weighted
	largest               atomic.Int64 // message seen lately
	debt                  atomic.Int64 // bytes that are leased beyond what there was room for
}

// reservation is what one receive may bring.
type reservation struct{ messages, bytes int64 }

// maxRenewed is how many messages can be renewed in time, for each second of the visibility timeout: maxCalls at once
// renew ten each, a call takes a quarter of a second at most, and half of the timeout is left when a message is due, of
// which half is for second tries.
const maxRenewed = maxCalls * queue.MaxBatch

// maxMessages is how many messages may be leased at once: no more than are renewed in time, and, where the rate is
// bounded, no more than are sent soon, so that others who read the queue get the rest.
func maxMessages(o *Options) int {
	n := min(float64(o.MaxInFlight), maxRenewed*o.Visibility.Seconds())
	if o.MaxRate > 0 {
		n = min(n, float64(max(queue.MaxBatch, soon*o.MaxRate)))
	}
	return int(n)
}

const (
	soon         = 5        // seconds
	firstLargest = 64 << 10 // before any message was seen
)

func newInFlight(messages, bytes int) *inFlight {
	l := &inFlight{maxMessages: int64(messages), maxBytes: int64(bytes)}
	if bytes == 0 {
		l.maxBytes = math.MaxInt64
	}
	l.messages, l.bytes = semaphore.NewWeighted(l.maxMessages), semaphore.NewWeighted(l.maxBytes)
	l.largest.Store(firstLargest)
	return l
}

// reserve blocks until a receive may begin, or ctx ends. It may bring at most a quarter of all bytes, so that it does
// not wait for all that is leased to go; one message that is larger than all that is allowed counts as all of it.
func (l *inFlight) reserve(ctx context.Context) (reservation, error) {
	largest := min(l.largest.Load(), l.maxBytes)
	n := max(1, min(queue.MaxBatch, l.maxMessages, l.maxBytes/4/largest))
	r := reservation{messages: n, bytes: n * largest}
	if err := l.messages.Acquire(ctx, r.messages); err != nil {
		return reservation{}, err
	}
	if err := l.bytes.Acquire(ctx, r.bytes); err != nil {
		l.messages.Release(r.messages)
		return reservation{}, err
	}
	return r, nil
}

// received replaces what was reserved by what came. Messages that are larger than any lately may be more than there is
// room for: the rest is a debt, which is paid by what is released next.
func (l *inFlight) received(r reservation, messages []queue.Message) {
	var bytes, largest int64
	for i := range messages {
		n := l.size(&messages[i])
		bytes, largest = bytes+n, max(largest, n)
	}
	if len(messages) > 0 {
		last := l.largest.Load()
		l.largest.Store(max(1, largest, last-last/8))
	}
	if more := bytes - r.bytes; more > 0 && !l.bytes.TryAcquire(more) {
		l.debt.Add(more)
	}
	l.releaseBytes(max(0, r.bytes-bytes))
	l.messages.Release(r.messages - int64(len(messages)))
}

// release makes room for another message.
func (l *inFlight) release(m *queue.Message) {
	l.releaseBytes(l.size(m))
	l.messages.Release(1)
}

func (l *inFlight) size(m *queue.Message) int64 { return min(int64(len(m.Body)), l.maxBytes) }

func (l *inFlight) releaseBytes(n int64) {
	for debt := l.debt.Load(); debt > 0; debt = l.debt.Load() {
		if paid := min(debt, n); l.debt.CompareAndSwap(debt, debt-paid) {
			n -= paid
			break
		}
	}
	l.bytes.Release(n)
}
