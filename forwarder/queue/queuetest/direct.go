package queuetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// Queue describes a queue for Create, and is one afterwards: tests use it without HTTP. Zero numbers mean AWS's
// defaults.
type Queue struct {
	VisibilityTimeout int // seconds
	MaxMessageSize    int // bytes
	DeadLetter        *Queue
	MaxReceiveCount   int
	FIFO              bool // the name must end with .fifo
	ContentDedup      bool // FIFO: the body's hash is the deduplication id

	MaxInFlight      int  // 120,000 if 0
	StaleHandleWorks bool // see the package comment

	// Attributes are set as they are, after the fields above.
	Attributes map[string]string

	// Set by Create.
	Name, URL, ARN string

	q *queue
}

func (q *Queue) attributes() map[string]string {
	attributes := maps.Clone(defaults)
	for name, n := range map[string]int{
		"VisibilityTimeout": q.VisibilityTimeout, "MaximumMessageSize": q.MaxMessageSize,
	} {
		if n != 0 {
			attributes[name] = strconv.Itoa(n)
		}
	}
	if q.DeadLetter != nil {
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`,
			q.DeadLetter.ARN, q.MaxReceiveCount)
	}
	if q.FIFO {
		attributes["FifoQueue"] = "true"
		attributes["ContentBasedDeduplication"] = strconv.FormatBool(q.ContentDedup)
	}
	maps.Copy(attributes, q.Attributes)
	return attributes
}

// Create makes a queue, and panics if AWS would refuse it.
func (s *Server) Create(name string, queue Queue) *Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.create(name, &queue)
	if err != nil {
		panic("queuetest: create queue " + name + ": " + err.Error())
	}
	queue.Name, queue.URL, queue.ARN, queue.q = name, q.url(), q.arn, q
	return &queue
}

func (s *Server) create(name string, described *Queue) (*queue, *Error) {
	q := &queue{
		s: s, name: name, arn: "arn:aws:sqs:" + region + ":" + account + ":" + name, handleEnd: handleEnd(name),
		attributes: map[string]string{}, purged: -s.seconds(purgeSeconds),
	}
	q.settings.staleWorks = described.StaleHandleWorks
	q.settings.maxInFlight = cmp.Or(described.MaxInFlight, maxInFlight)
	if err := q.set(described.attributes()); err != nil {
		return nil, err
	}
	stem, isFIFO := strings.CutSuffix(name, ".fifo")
	switch {
	case s.queues[name] != nil:
		return nil, errBatch("QueueAlreadyExists", "A queue already exists with the same name")
	case !batchID.MatchString(stem) || len(name) > 80 || isFIFO != q.settings.fifo:
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length, " +
			"and the name of a FIFO queue, but no other, ends with .fifo.")
	}
	q.clear()
	s.queues[name] = q
	return q, nil
}

func (q *queue) url() string { return q.s.URL + "/" + account + "/" + q.name }

var dedupIDs atomic.Int64

// Send puts messages on the queue, and panics if AWS would refuse one. It returns their ids. On a FIFO queue all are of
// one group and no duplicates.
func (q *Queue) Send(bodies ...string) (ids []string) {
	messages := make([]Message, len(bodies))
	for i, body := range bodies {
		messages[i] = Message{Body: body}
		if q.FIFO {
			messages[i].Group, messages[i].Dedup = "queuetest", strconv.FormatInt(dedupIDs.Add(1), 10)
		}
	}
	return q.Put(messages...)
}

// Put is Send for messages that are more than a body. A long poll sees them all at once.
func (q *Queue) Put(messages ...Message) (ids []string) {
	s := q.q.s
	for i := range messages {
		e := messages[i].entry()
		s.mu.Lock()
		out, err := q.q.sendEntry(&call{now: s.now(), trace: messages[i].Trace}, e)
		s.mu.Unlock()
		if err != nil {
			panic("queuetest: send to queue " + q.Name + ": " + err.Error())
		}
		ids = append(ids, out.MessageId)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.q.settle(s.now())
	return ids
}

func (m *Message) entry() *entry {
	e := &entry{MessageBody: m.Body, MessageAttributes: m.Attributes}
	if m.Group != "" {
		e.MessageGroupId = &m.Group
	}
	if m.Dedup != "" {
		e.MessageDeduplicationId = &m.Dedup
	}
	return e
}

// Depth returns how many messages could be received now, and how many are in flight.
func (q *Queue) Depth() (visible, inFlight int) {
	q.q.s.mu.Lock()
	defer q.q.s.mu.Unlock()
	return q.q.depth()
}

func (q *queue) depth() (int, int) {
	q.expire(q.s.now())
	return q.count[visible], q.count[inFlight]
}

// Messages returns copies of all messages that are on the queue, in the order in which they were sent.
func (q *Queue) Messages() (all []Message) {
	q.q.s.mu.Lock()
	defer q.q.s.mu.Unlock()
	q.q.expire(q.q.s.now())
	for _, sequence := range slices.Sorted(maps.Keys(q.q.messages)) {
		all = append(all, q.q.messages[sequence].copy())
	}
	return all
}

// Drained is the condition that nothing is left to be received or deleted.
func Drained(visible, inFlight int) bool { return visible+inFlight == 0 }

// Wait returns when the condition holds for what Depth returns, or with an error that names both when ctx ends. It
// checks the condition at every change of this queue.
func (q *Queue) Wait(ctx context.Context, cond func(visible, inFlight int) bool) error {
	s := q.q.s
	for {
		s.mu.Lock()
		visible, inFlight := q.q.depth()
		if q.q.watch == nil {
			q.q.watch = make(chan struct{})
		}
		changed := q.q.watch
		q.q.arm(s.now())
		s.mu.Unlock()
		if cond(visible, inFlight) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for queue %s, which has %d messages visible and %d in flight: %w",
				q.Name, visible, inFlight, ctx.Err())
		}
	}
}
