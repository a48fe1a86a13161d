package forwarder

import (
	"context"
	"math"
	"sync"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// inFlight bounds what is leased, in messages and in bytes, together with what receives under way may bring. A receive
// does not say how large its messages are before they are here, so it reserves for as many bytes as the largest one
// seen lately would take.
type inFlight struct {
	maxMessages, maxBytes int64

	mu       sync.Mutex
	messages int64
	bytes    int64
	largest  int64 // message seen lately
	waiting  int   // receives
	freed    *sync.Cond
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
	l := &inFlight{maxMessages: int64(messages), maxBytes: int64(bytes), largest: firstLargest}
	if bytes == 0 {
		l.maxBytes = math.MaxInt64
	}
	l.freed = sync.NewCond(&l.mu)
	return l
}

// reserve blocks until there is room for a receive, or ctx ends. One message that is larger than all that is allowed is
// received when there is no other.
func (l *inFlight) reserve(ctx context.Context) (reservation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.fits(l.receive()) {
		defer context.AfterFunc(ctx, l.wake)()
		l.waiting++
		for !l.fits(l.receive()) && ctx.Err() == nil {
			l.freed.Wait()
		}
		l.waiting--
	}
	if err := ctx.Err(); err != nil {
		return reservation{}, err
	}
	r := l.receive()
	l.add(r)
	l.signal()
	return r, nil
}

// receive is what the next receive may bring: at most a quarter of all bytes, so that one does not wait for all that is
// leased to go.
func (l *inFlight) receive() reservation {
	n := max(1, min(queue.MaxBatch, l.maxMessages, l.maxBytes/4/l.largest))
	return reservation{messages: n, bytes: n * l.largest}
}

func (l *inFlight) fits(r reservation) bool {
	return l.messages == 0 || (l.messages+r.messages <= l.maxMessages && l.bytes+r.bytes <= l.maxBytes)
}

func (l *inFlight) add(r reservation) {
	l.messages += r.messages
	l.bytes += r.bytes
}

// received replaces what was reserved by what came.
func (l *inFlight) received(r reservation, messages []queue.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var bytes, largest int64
	for i := range messages {
		n := int64(len(messages[i].Body))
		bytes, largest = bytes+n, max(largest, n)
	}
	if len(messages) > 0 {
		l.largest = max(1, largest, l.largest-l.largest/8)
	}
	l.add(reservation{messages: int64(len(messages)) - r.messages, bytes: bytes - r.bytes})
	l.signal()
}

// release makes room for another message.
func (l *inFlight) release(m *queue.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(reservation{messages: -1, bytes: -int64(len(m.Body))})
	l.signal()
}

// signal wakes one receive if there is room for it; that one wakes the next.
func (l *inFlight) signal() {
	if l.waiting > 0 && l.fits(l.receive()) {
		l.freed.Signal()
	}
}

func (l *inFlight) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.freed.Broadcast()
}
