package queuetest

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Attribute is a message attribute: StringValue for the types String and Number, BinaryValue for Binary.
type Attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// Message is a message to be put on a queue, or a copy of one that is on a queue.
type Message struct {
	Body       string
	Attributes map[string]Attribute
	Group      string // MessageGroupId
	Dedup      string // MessageDeduplicationId
	Trace      string // AWSTraceHeader

	// Only Messages fills in the fields below.
	ID       string
	Receives int    // on all queues
	Source   string // on a dead-letter queue: ARN of the queue from which it was moved
	Sent     time.Time
}

// message is a message on a queue.
type message struct {
	Message
	wire     []byte // its JSON through the body: encoded once when it is sent, not at every receive
	sequence uint64 // on its queue
	number   string // SequenceNumber, on a FIFO queue

	isVisible bool
	until     time.Time // when it becomes visible again
	received  time.Time // when it was received last
	first     time.Time // when it was received for the first time
	receives  int       // on this queue
}

// contents are the messages of a queue.
type contents struct {
	sequence uint64 // of the last message that was added
	messages map[uint64]*message
	hidden   map[*message]bool // the messages that are in flight
	expiry   time.Time         // no hidden message becomes visible before it; zero if none is hidden

	// On a standard queue: the visible messages, and some that are no longer visible.
	fresh []*message // never received
	again []*message // received before

	// On a FIFO queue.
	groups []*group
	seen   map[string]*message // by deduplication id
}

// group is a message group of a FIFO queue, in the order in which its messages were sent.
type group struct {
	id       string
	messages []*message
}

func (q *Queue) add(m *message) {
	q.sequence++
	m.sequence = q.sequence
	q.messages[m.sequence] = m
	if q.FIFO {
		i := q.groupOf(m)
		if i < 0 {
			i = len(q.groups)
			q.groups = append(q.groups, &group{id: m.Group})
		}
		q.groups[i].messages = append(q.groups[i].messages, m)
	}
	q.show(m)
}

func (q *Queue) groupOf(m *message) int {
	return slices.IndexFunc(q.groups, func(g *group) bool { return g.id == m.Group })
}

// show makes m visible.
func (q *Queue) show(m *message) {
	delete(q.hidden, m)
	m.isVisible = true
	switch {
	case q.FIFO:
	case m.receives > 0:
		q.again = append(q.again, m)
	default:
		q.fresh = append(q.fresh, m)
	}
	q.notify()
}

// hide makes m invisible for d.
func (q *Queue) hide(m *message, d time.Duration) {
	m.isVisible = false
	m.until = time.Now().Add(d)
	q.hidden[m] = true
	q.expect(m.until)
	q.notify()
}

func (q *Queue) remove(m *message) {
	m.isVisible = false
	delete(q.hidden, m)
	delete(q.messages, m.sequence)
	if q.FIFO {
		i := q.groupOf(m)
		g := q.groups[i]
		at := slices.Index(g.messages, m)
		if g.messages = slices.Delete(g.messages, at, at+1); len(g.messages) == 0 {
			q.groups = slices.Delete(q.groups, i, i+1)
		}
	}
	q.notify()
}

func (q *Queue) expect(expiry time.Time) {
	if q.expiry.IsZero() || expiry.Before(q.expiry) {
		q.expiry = expiry
	}
}

// expire makes the messages visible whose visibility timeout has passed.
func (q *Queue) expire() {
	now := time.Now()
	if q.expiry.IsZero() || now.Before(q.expiry) {
		return
	}
	q.expiry = time.Time{}
	var over []*message
	for m := range q.hidden {
		if m.until.After(now) {
			q.expect(m.until)
		} else {
			over = append(over, m)
		}
	}
	slices.SortFunc(over, func(a, b *message) int {
		return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.sequence, b.sequence))
	})
	for _, m := range over {
		q.show(m)
	}
}

// next returns the next message for a receive that has already taken some, or nil if there is none. The messages of a
// group are received in order: those after one that another receive has in flight have to wait.
func (q *Queue) next(taken []*message) *message {
	if !q.FIFO {
		if m := pop(&q.again); m != nil {
			return m
		}
		return pop(&q.fresh)
	}
	for _, g := range q.groups {
		for _, m := range g.messages {
			if m.isVisible {
				return m
			}
			if !slices.Contains(taken, m) {
				break
			}
		}
	}
	return nil
}

// pop removes and returns the first message that is still visible, nil if there is none.
func pop(line *[]*message) *message {
	for len(*line) > 0 {
		m := (*line)[0]
		(*line)[0] = nil
		*line = (*line)[1:]
		if m.isVisible {
			return m
		}
	}
	return nil
}

// redrive moves m to the dead-letter queue if it has been received often enough.
func (q *Queue) redrive(m *message) bool {
	if q.DeadLetter == nil || m.receives < q.MaxReceiveCount {
		return false
	}
	q.remove(m)
	moved := *m // q.again may still contain m
	moved.Source, moved.receives = q.ARN, 0
	q.DeadLetter.add(&moved)
	return true
}

// notify wakes all goroutines that wait for a change.
func (q *Queue) notify() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

// await releases the server's lock until the queue has changed or a message may have become visible. It returns false
// if ctx has ended.
func (q *Queue) await(ctx context.Context) bool {
	if q.changed == nil {
		q.changed = make(chan struct{})
	}
	changed := q.changed
	var expired <-chan time.Time
	if !q.expiry.IsZero() {
		timer := time.NewTimer(time.Until(q.expiry))
		defer timer.Stop()
		expired = timer.C
	}
	q.s.mu.Unlock()
	defer q.s.mu.Lock()
	select {
	case <-changed:
	case <-expired:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
