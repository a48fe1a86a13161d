package queuetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
)

// Queue describes a queue for Create, and is one afterwards. Zero numbers mean AWS's defaults.
type Queue struct {
	VisibilityTimeout int // seconds
	WaitTime          int // seconds, for receives that do not give their own
	Delay             int // seconds
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
	attributes := map[string]string{}
	for name, n := range map[string]int{
		"VisibilityTimeout": q.VisibilityTimeout, "ReceiveMessageWaitTimeSeconds": q.WaitTime,
		"DelaySeconds": q.Delay, "MaximumMessageSize": q.MaxMessageSize,
	} {
		if n != 0 {
			attributes[name] = strconv.Itoa(n)
		}
	}
	if q.DeadLetter != nil {
		policy, _ := json.Marshal(map[string]any{ // strings and numbers always encode
			"deadLetterTargetArn": q.DeadLetter.ARN, "maxReceiveCount": q.MaxReceiveCount,
		})
		attributes["RedrivePolicy"] = string(policy)
	}
	if q.FIFO {
		attributes["FifoQueue"] = "true"
		attributes["ContentBasedDeduplication"] = strconv.FormatBool(q.ContentDedup)
	}
	for name, value := range q.Attributes {
		attributes[name] = value
	}
	return attributes
}

// Create makes a queue, and panics if AWS would refuse it.
func (s *Server) Create(name string, queue Queue) *Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.create(name, queue.attributes())
	if err != nil {
		panic("queuetest: create queue " + name + ": " + err.Error())
	}
	if queue.MaxInFlight > 0 {
		q.settings.maxInFlight = queue.MaxInFlight
	}
	q.settings.staleWorks = queue.StaleHandleWorks
	queue.Name, queue.URL, queue.ARN, queue.q = name, q.url(s.URL), q.arn, q
	return &queue
}

var dedupIDs atomic.Int64

// Send puts messages on the queue without HTTP, and panics if AWS would refuse one. It returns their ids. On a FIFO
// queue all are of one group and no duplicates.
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

// Put is Send for messages that are more than a body.
func (q *Queue) Put(messages ...Message) (ids []string) {
	s := q.q.s
	for _, m := range messages {
		in := sendInput{MessageBody: m.Body, MessageAttributes: m.Attributes}
		for value, field := range map[*string]**string{&m.Group: &in.MessageGroupId, &m.Dedup: &in.MessageDeduplicationId} {
			if *value != "" {
				*field = value
			}
		}
		if m.Delay != 0 {
			in.DelaySeconds = &m.Delay
		}
		s.mu.Lock()
		out, err := q.q.send(&in, m.Trace, s.now())
		s.mu.Unlock()
		if err != nil {
			panic("queuetest: send to queue " + q.Name + ": " + err.Error())
		}
		ids = append(ids, out.MessageId)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.q.settle(s.now()) // once for all, so that a long poll gets more than the first
	return ids
}

// Depth returns how many messages could be received now, and how many are in flight.
func (q *Queue) Depth() (visible, inFlight int) {
	s := q.q.s
	s.mu.Lock()
	defer s.mu.Unlock()
	return q.q.depth()
}

func (q *queue) depth() (int, int) {
	q.expire(q.s.now())
	return q.count[visible], q.count[inFlight]
}

// Messages returns copies of all messages that are on the queue, in the order in which they were sent.
func (q *Queue) Messages() []Message {
	s := q.q.s
	s.mu.Lock()
	defer s.mu.Unlock()
	q.q.expire(s.now())
	all := make([]*message, 0, len(q.q.messages))
	for _, m := range q.q.messages {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	out := make([]Message, len(all))
	for i, m := range all {
		out[i] = m.copy()
	}
	return out
}

// Drained is the condition that nothing is left to be received or deleted.
func Drained(visible, inFlight int) bool { return visible+inFlight == 0 }

// Wait returns when the condition holds for what Depth returns, or with an error that names both when ctx ends. The
// condition is asked at every change of this queue.
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
