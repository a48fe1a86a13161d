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

// Message is a message to be put on a queue, or a copy of one that is there.
type Message struct {
	Body       string
	Attributes map[string]Attribute
	Group      string // MessageGroupId
	Dedup      string // MessageDeduplicationId
	Trace      string // AWSTraceHeader

	// The rest is filled in by Messages alone.
	ID       string
	Receives int    // on all queues
	Source   string // ARN of the queue that gave it up, for one in a dead-letter queue
	Sent     time.Time
}

// message is a message on a queue.
type message struct {
	Message
	wire     []byte // its JSON up to the body: escaped once when it is sent, not at every receive
	sequence uint64 // on its queue
	number   string // its sequence number, of a FIFO queue's

	isVisible bool
	until     time.Time // hidden
	received  time.Time // the last time
	first     time.Time // received
	receives  int       // on this queue
}

// contents are the messages of a queue.
type contents struct {
	sequence uint64 // of the last message that was added
	messages map[uint64]*message
	hidden   map[*message]bool // of these, the ones in flight
	expiry   time.Time         // no message becomes visible before it; zero if none will

	// Of a standard queue: what is visible, and also some that are not any more.
	fresh []*message // never received
	again []*message // received before

	// Of a FIFO queue.
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

// hide makes m invisible for so long.
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

// expire shows what has been hidden long enough.
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

// next returns a message that may be received now after those that the same receive has taken, nil if there is none. Of
// a group only the first messages may be received, up to one that is in flight elsewhere.
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
	moved := *m // again may still hold m
	moved.Source, moved.receives = q.ARN, 0
	q.DeadLetter.add(&moved)
	return true
}

// notify wakes everybody who waits for a change.
func (q *Queue) notify() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

// await lets go of the server's lock until the queue has changed, or a message may be visible again. It returns false
// when ctx has ended.
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
