package forwarder

import (
	"context"
	"math"
	"sync"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// inFlight bounds what is leased, in messages and in bytes, together with what receives under way may bring. A receive
// does not say how large its messages are before they are here, so it reserves for as many bytes as the largest one
// seen lately would take. Larger ones exceed the bound until others have gone.
type inFlight struct {
	maxMessages, maxBytes int

	mu              sync.Mutex
	freed           *sync.Cond // there may be room for a receive
	messages, bytes int        // leased or reserved
	largest         int        // message seen lately
}

// reservation is what one receive may bring.
type reservation struct{ messages, bytes int }

// maxRenewed is how many messages can be renewed in time, for each second of the visibility timeout. maxCalls calls run
// at once, each renews ten messages in at most a quarter of a second. A message is due with half of its timeout left,
// and half of that time is reserved for second tries.
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
	if bytes == 0 {
		bytes = math.MaxInt
	}
	l := &inFlight{maxMessages: messages, maxBytes: bytes, largest: firstLargest}
	l.freed = sync.NewCond(&l.mu)
	return l
}

// next is what a receive may bring: at most a quarter of all bytes, so that it does not wait for all that is leased to
// go. One message that is larger than all that is allowed counts as all of it.
func (l *inFlight) next() (r reservation, fits bool) {
	largest := min(l.largest, l.maxBytes)
	r.messages = max(1, min(queue.MaxBatch, l.maxMessages, l.maxBytes/4/largest))
	r.bytes = r.messages * largest
	return r, l.messages+r.messages <= l.maxMessages && r.bytes <= l.maxBytes-l.bytes
}

// reserve blocks until a receive may begin; it returns false when ctx ends.
func (l *inFlight) reserve(ctx context.Context) (reservation, bool) {
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.freed.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil {
		if r, fits := l.next(); fits {
			l.add(r.messages, r.bytes)
			return r, true
		}
		l.freed.Wait()
	}
	return reservation{}, false
}

// received replaces what was reserved by what came.
func (l *inFlight) received(r reservation, messages []queue.Message) {
	var bytes, largest int
	for i := range messages {
		n := l.size(&messages[i])
		bytes, largest = bytes+n, max(largest, n)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(messages) > 0 {
		l.largest = max(1, largest, l.largest-l.largest/8)
	}
	l.add(len(messages)-r.messages, bytes-r.bytes)
}

// release makes room for another message.
func (l *inFlight) release(m *queue.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(-1, -l.size(m))
}

func (l *inFlight) size(m *queue.Message) int { return min(len(m.Body), l.maxBytes) }

// add counts, and lets the next receive begin if there is room: to wake one for each message would cost too much.
func (l *inFlight) add(messages, bytes int) {
	l.messages += messages
	l.bytes += bytes
	if _, fits := l.next(); fits {
		l.freed.Signal()
	}
}
