package queuetest

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	account       = "000000000000"
	maxVisibility = 43200 // seconds: twelve hours
)

// Queue describes a queue for Create, which returns a Queue that tests can use without HTTP. Fields that tests change
// after Create are used as they are.
type Queue struct {
	VisibilityTimeout int // seconds; for Create, 0 means AWS's default
	MaxMessageSize    int // bytes; for Create, 0 means AWS's default
	DeadLetter        *Queue
	MaxReceiveCount   int  // must be set if DeadLetter is: there is no default
	FIFO              bool // the name must end with .fifo
	StaleHandleWorks  bool // see the package comment

	// Set by Create.
	Name, URL, ARN string

	s        *Server
	messages []*message // by sequence number; nil if it is no longer on the queue
	first    int        // all before it are nil
	count    int
	inFlight map[*message]bool   // including some that are visible again, until the next call of expire
	expiry   time.Time           // no message in flight becomes visible before it
	sent     map[string]*message // on a FIFO queue, by deduplication id
}

// Create creates a queue, and panics if the name is not valid.
func (s *Server) Create(name string, q Queue) *Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[name] != nil || strings.HasSuffix(name, ".fifo") != q.FIFO {
		panic("queuetest: create queue " + name + ": the name is taken, or FIFO and the ending .fifo do not agree")
	}
	q.VisibilityTimeout, q.MaxMessageSize = cmp.Or(q.VisibilityTimeout, 30), cmp.Or(q.MaxMessageSize, 1<<20)
	q.s, q.Name = s, name
	q.URL = s.URL + "/" + account + "/" + name
	q.ARN = "arn:aws:sqs:us-east-1:" + account + ":" + name
	q.inFlight, q.sent = map[*message]bool{}, map[string]*message{}
	s.queues[name] = &q
	return &q
}

func (q *Queue) getQueueURL(*request) (any, *Error) {
	return map[string]string{"QueueUrl": q.URL}, nil
}

func (q *Queue) getQueueAttributes(r *request) (any, *Error) {
	visible, inFlight := q.depth()
	attributes := map[string]string{
		"QueueArn": q.ARN, "VisibilityTimeout": strconv.Itoa(q.VisibilityTimeout),
		"MaximumMessageSize":                    strconv.Itoa(q.MaxMessageSize),
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(inFlight),
	}
	if q.DeadLetter != nil {
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`,
			q.DeadLetter.ARN, q.MaxReceiveCount)
	}
	if q.FIFO {
		attributes["FifoQueue"] = "true"
	}
	return map[string]any{"Attributes": named(attributes, r.AttributeNames)}, nil
}

// Send puts messages on a standard queue, and panics if AWS would refuse one. It returns their ids.
func (q *Queue) Send(bodies ...string) (ids []string) {
	messages := make([]Message, len(bodies))
	for i, body := range bodies {
		messages[i].Body = body
	}
	return q.Put(messages...)
}

// Put is Send for messages that have attributes, a group or other fields. A poll sees all of them or none.
func (q *Queue) Put(messages ...Message) (ids []string) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	defer q.s.changed.Broadcast()
	for _, m := range messages {
		sent, err := q.add(m)
		if err != nil {
			panic("queuetest: send to queue " + q.Name + ": " + err.Message)
		}
		ids = append(ids, sent.ID)
	}
	return ids
}

// Depth returns how many messages could be received now, and how many are in flight.
func (q *Queue) Depth() (visible, inFlight int) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	return q.depth()
}

func (q *Queue) depth() (visible, inFlight int) {
	q.expire()
	return q.count - len(q.inFlight), len(q.inFlight)
}

// Messages returns copies of all messages that are on the queue, in the order in which they were sent.
func (q *Queue) Messages() (all []Message) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	for _, m := range q.messages[q.first:] {
		if m != nil {
			all = append(all, m.Message)
		}
	}
	return all
}

// Drained is a condition for Wait: no message is left on the queue.
func Drained(visible, inFlight int) bool { return visible+inFlight == 0 }

// Wait returns when the condition holds for the numbers that Depth returns. If ctx ends first, it returns an error with
// both numbers. It checks the condition at every change.
func (q *Queue) Wait(ctx context.Context, cond func(visible, inFlight int) bool) error {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	for {
		visible, inFlight := q.depth()
		switch {
		case cond(visible, inFlight):
			return nil
		case !q.await(ctx):
			return fmt.Errorf("wait for queue %s, which has %d messages visible and %d in flight: %w",
				q.Name, visible, inFlight, ctx.Err())
		}
	}
}

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
	until        time.Time // when it becomes visible again
}

func (q *Queue) append(m *message) {
	m.sequence = len(q.messages)
	q.messages = append(q.messages, m)
	q.count++
}

// hide makes m invisible until then.
func (q *Queue) hide(m *message, until time.Time) {
	q.inFlight[m] = true
	m.until = until
	if until.Before(q.expiry) {
		q.expiry = until
	}
}

func (q *Queue) remove(m *message) {
	delete(q.inFlight, m)
	q.messages[m.sequence] = nil
	for q.first < len(q.messages) && q.messages[q.first] == nil {
		q.first++
	}
	q.count--
}

// expire ends the flight of the messages whose visibility timeout has passed.
func (q *Queue) expire() {
	now := time.Now()
	if now.Before(q.expiry) {
		return
	}
	q.expiry = now.Add(q.s.seconds(maxVisibility))
	for m := range q.inFlight {
		if m.until.After(now) {
			q.hide(m, m.until)
		} else {
			delete(q.inFlight, m)
		}
	}
}

// await releases the server's lock until a queue has changed or a message has become visible. It returns false if ctx
// has ended.
func (q *Queue) await(ctx context.Context) bool {
	wake := func() {
		q.s.mu.Lock() // so that it is not called between the caller's check of the queue and Wait
		defer q.s.mu.Unlock()
		q.s.changed.Broadcast()
	}
	defer context.AfterFunc(ctx, wake)()
	defer time.AfterFunc(time.Until(q.expiry), wake).Stop()
	q.s.changed.Wait()
	q.expire()
	return ctx.Err() == nil
}
