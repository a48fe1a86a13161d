package queuetest

import (
	"context"
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
	Body       string               `json:"MessageBody"`
	Attributes map[string]Attribute `json:"MessageAttributes"`
	Group      string               `json:"MessageGroupId"`
	Dedup      string               `json:"MessageDeduplicationId"`
	Trace      string               `json:"-"` // AWSTraceHeader

	// Only Messages fills in the fields below.
	ID       string    `json:"-"`
	Receives int       `json:"-"` // on all queues
	Source   string    `json:"-"` // on a dead-letter queue: ARN of the queue from which it was moved
	Sent     time.Time `json:"-"`
}

// message is a message on a queue.
type message struct {
	Message
	digest       string // of the body
	sequence     int    // on its queue
	receivesHere int    // on this queue
	received     time.Time
	until        time.Time // when it becomes visible again; zero if it is visible
}

// store has the messages of a queue.
type store struct {
	messages []*message // by sequence number; nil if it is no longer on the queue
	first    int        // all before it are nil
	count    int
	hidden   map[*message]bool   // the messages that are in flight
	expiry   time.Time           // no hidden message becomes visible before it
	sent     map[string]*message // on a FIFO queue, by deduplication id
}

func (q *Queue) append(m *message) {
	m.sequence = len(q.messages)
	q.messages = append(q.messages, m)
	q.count++
	q.show(m)
}

// show makes m visible.
func (q *Queue) show(m *message) {
	delete(q.hidden, m)
	m.until = time.Time{}
	q.changed.Broadcast()
}

// hide makes m invisible for d.
func (q *Queue) hide(m *message, d time.Duration) {
	q.hidden[m] = true
	m.until = time.Now().Add(d)
	q.expect(m.until)
	q.changed.Broadcast()
}

func (q *Queue) expect(expiry time.Time) {
	if expiry.Before(q.expiry) {
		q.expiry = expiry
	}
}

func (q *Queue) remove(m *message) {
	delete(q.hidden, m)
	q.messages[m.sequence] = nil
	for q.first < len(q.messages) && q.messages[q.first] == nil {
		q.first++
	}
	q.count--
	q.changed.Broadcast()
}

// expire makes the messages visible whose visibility timeout has passed.
func (q *Queue) expire() {
	now := time.Now()
	if now.Before(q.expiry) {
		return
	}
	q.expiry = now.Add(q.s.seconds(maxVisibility))
	for m := range q.hidden {
		if m.until.After(now) {
			q.expect(m.until)
		} else {
			q.show(m)
		}
	}
}

// take receives up to count messages in the order in which they were sent. It moves those that were received often
// enough to the dead-letter queue. On a FIFO queue, a message waits while one before it in its group is in flight.
func (q *Queue) take(count int, visibility time.Duration) (taken []*message) {
	waiting := map[string]bool{} // message groups
	for _, m := range q.messages[q.first:] {
		switch {
		case len(taken) == count:
			return taken
		case m == nil, waiting[m.Group]:
			continue
		case !m.until.IsZero():
			waiting[m.Group] = q.FIFO
		case q.DeadLetter != nil && m.receivesHere >= q.MaxReceiveCount:
			q.redrive(m)
		default:
			m.received = time.Now()
			m.receivesHere++
			m.Receives++
			q.hide(m, visibility)
			q.s.stats.Received++
			taken = append(taken, m)
		}
	}
	return taken
}

// redrive moves m to the dead-letter queue.
func (q *Queue) redrive(m *message) {
	q.remove(m)
	m.Source, m.receivesHere = q.ARN, 0
	q.DeadLetter.append(m)
}

// await releases the server's lock until the queue has changed or a message has become visible. It returns false if ctx
// has ended.
func (q *Queue) await(ctx context.Context) bool {
	wake := func() {
		q.s.mu.Lock() // so that it is not called between the caller's check of the queue and Wait
		defer q.s.mu.Unlock()
		q.changed.Broadcast()
	}
	defer context.AfterFunc(ctx, wake)()
	defer time.AfterFunc(time.Until(q.expiry), wake).Stop()
	q.changed.Wait()
	q.expire()
	return ctx.Err() == nil
}
