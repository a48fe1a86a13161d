package forwarder

import (
	"math"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// maxLease is how long a message is kept while the receiver is unavailable: an hour less than SQS allows.
const maxLease = queue.MaxHold - time.Hour

// leasedMessage is a received message: invisible to others until it is deleted, released, or its visibility timeout
// ends.
type leasedMessage struct {
	queue.Message
	event event.Event
	span  Span // nil when events are not traced

	until time.Time // when it becomes visible to others, unless renewed; guarded by leases.mu, as is the state
	state leaseState
}

type leaseState int

const (
	leased    leaseState = iota
	renewing             // a call that renews it is in progress
	releasing            // it is being released, so it is not renewed any more
	lost                 // it is visible to others, or was deleted or purged
	settled              // it is deleted, released or given up
)

func (m *leasedMessage) field() zap.Field { return zap.String("event", m.event.ID) }

// errorField is the error as a log field, without the receipt handle: whoever has that can delete the message.
func (m *leasedMessage) errorField(err error) zap.Field {
	if err == nil || m.Receipt == "" {
		return zap.Error(err)
	}
	return zap.String("error", strings.ReplaceAll(err.Error(), m.Receipt, "…"))
}

// detach frees the rest of SQS's answer. Only the owner of the job calls it.
func (j job) detach() {
	for _, m := range j.unit {
		m.Detach()
		m.event.Data = m.Body
	}
}

func messagesOf(batch []*leasedMessage) []queue.Message {
	messages := make([]queue.Message, len(batch))
	for i, m := range batch {
		messages[i] = queue.Message{ID: m.ID, Receipt: m.Receipt} // detach may change the other fields
	}
	return messages
}

// leases holds every leased message and keeps extending its visibility timeout from the moment of receipt (renew.go).
//
// It also limits how many messages and bytes are leased, including those that receives in progress may return
// (inflight.go).
type leases struct {
	options *Options
	metrics *metrics
	// renewInterval is the time between two checks for messages to be renewed, and the time limit of a renewal call. It is
	// an eighth of the visibility timeout, but at least 10 ms and at most maxRenewInterval.
	renewInterval time.Duration
	calls         errgroup.Group // renewals in progress
	unsettled     sync.WaitGroup // counts the leased messages; Run waits until there are none

	maxMessages, maxBytes int

	mu       sync.Mutex
	all      map[*leasedMessage]struct{}
	renewed  *sync.Cond // signalled when a renewal has ended
	room     *sync.Cond // signalled when there may be room for another receive
	bytes    int        // that are leased
	receives int        // in progress
	received int        // bytes of the latest receive that returned messages
	largest  int        // bytes of the largest message seen lately
}

func newLeases(o *Options, m *metrics) *leases {
	l := &leases{
		options: o, metrics: m, renewInterval: min(max(o.Visibility/8, 10*time.Millisecond), maxRenewInterval),
		maxMessages: maxMessages(o), maxBytes: o.MaxInFlightBytes,
		largest: assumedLargest, all: map[*leasedMessage]struct{}{},
	}
	if l.maxBytes == 0 {
		l.maxBytes = math.MaxInt
	}
	l.renewed, l.room = sync.NewCond(&l.mu), sync.NewCond(&l.mu)
	l.calls.SetLimit(maxCalls)
	m.maxInFlight.Set(float64(l.maxMessages))
	return l
}

// add ends a receive and starts a lease for each message that it returned.
func (l *leases) add(messages []queue.Message, toEvent func(*queue.Message) event.Event) []*leasedMessage {
	added := make([]*leasedMessage, len(messages))
	for i := range messages {
		m := &messages[i]
		added[i] = &leasedMessage{Message: *m, event: toEvent(m), until: m.Received.Add(l.options.Visibility)}
	}
	l.unsettled.Add(len(added))
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(added) > 0 {
		l.largest = max(1, l.largest-l.largest/8)
		l.received = 0
	}
	for _, m := range added {
		size := l.size(&m.Message)
		l.all[m] = struct{}{}
		l.bytes += size
		l.received += size
		l.largest = max(l.largest, size)
	}
	l.receives--
	l.wake()
	return added
}

// remove ends a lease: the visibility timeout is no longer extended, and there is room for another message.
func (l *leases) remove(m *leasedMessage) {
	defer l.unsettled.Done()
	if m.span != nil {
		m.span.End()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m.state = settled
	delete(l.all, m)
	l.bytes -= l.size(&m.Message)
	l.wake()
}

func (l *leases) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// valid reports whether the message is still invisible to others.
func (l *leases) valid(m *leasedMessage) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return m.state != lost && time.Now().Before(m.until)
}
