package queuetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	account       = "000000000000"
	region        = "us-east-1"
	maxVisibility = 43200   // seconds: twelve hours
	maxSize       = 1 << 20 // bytes of a message
)

// Queue describes a queue for Create, which returns a Queue that tests can use without HTTP. Zero numbers mean AWS's
// defaults.
type Queue struct {
	VisibilityTimeout int // seconds
	MaxMessageSize    int // bytes
	DeadLetter        *Queue
	MaxReceiveCount   int
	FIFO              bool // the name must end with .fifo
	ContentDedup      bool // FIFO: the body's hash is the deduplication id
	StaleHandleWorks  bool // see the package comment

	// Attributes are set as they are, and override the fields above.
	Attributes map[string]string

	// Set by Create.
	Name, URL, ARN string

	s          *Server
	handleEnd  string
	visibility time.Duration
	maxSize    int
	changed    chan struct{} // closed at the next change; nil if nobody waits for one
	contents
}

// Create creates a queue, and panics if the name or the attributes are not valid.
func (s *Server) Create(name string, q Queue) *Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.s, q.Name, q.handleEnd = s, name, handleEnd(name)
	q.URL = s.URL + "/" + account + "/" + name
	q.ARN = "arn:aws:sqs:" + region + ":" + account + ":" + name
	if err := q.set(q.description()); err != nil {
		panic("queuetest: create queue " + name + ": " + err.Error())
	}
	if s.queues[name] != nil || strings.HasSuffix(name, ".fifo") != q.FIFO {
		panic("queuetest: create queue " + name + ": the name is taken, or FIFO and the ending .fifo do not agree")
	}
	q.messages, q.hidden, q.seen = map[uint64]*message{}, map[*message]bool{}, map[string]*message{}
	s.queues[name] = &q
	return &q
}

// description returns the attributes with which the queue would be created on AWS.
func (q *Queue) description() map[string]string {
	attributes := map[string]string{
		"VisibilityTimeout": "30", "ReceiveMessageWaitTimeSeconds": "0", "DelaySeconds": "0",
		"MaximumMessageSize": strconv.Itoa(maxSize), "MessageRetentionPeriod": "345600", "SqsManagedSseEnabled": "true",
	}
	if q.VisibilityTimeout != 0 {
		attributes["VisibilityTimeout"] = strconv.Itoa(q.VisibilityTimeout)
	}
	if q.MaxMessageSize != 0 {
		attributes["MaximumMessageSize"] = strconv.Itoa(q.MaxMessageSize)
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

// set replaces the attributes, if those that have an effect here are valid.
func (q *Queue) set(attributes map[string]string) *Error {
	visibility, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil || visibility < 0 || visibility > maxVisibility {
		return errAttribute("VisibilityTimeout")
	}
	size, err := strconv.Atoi(attributes["MaximumMessageSize"])
	if err != nil || size < 1024 || size > maxSize {
		return errAttribute("MaximumMessageSize")
	}
	q.Attributes, q.visibility, q.maxSize = attributes, q.s.seconds(visibility), size
	return nil
}

func (q *Queue) setQueueAttributes(c *call) (any, *Error) {
	attributes := maps.Clone(q.Attributes)
	maps.Copy(attributes, c.Attributes)
	return nil, q.set(attributes)
}

type queueOutput struct {
	QueueUrl   string            `json:",omitempty"` //nolint:revive // the name on the wire
	Attributes map[string]string `json:",omitempty"`
}

func (q *Queue) getQueueURL(*call) (any, *Error) {
	return queueOutput{QueueUrl: q.URL}, nil
}

func (q *Queue) getQueueAttributes(c *call) (any, *Error) {
	attributes := maps.Clone(q.Attributes)
	attributes["QueueArn"] = q.ARN
	visible, inFlight := q.depth()
	attributes["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	attributes["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(inFlight)
	attributes["ApproximateNumberOfMessagesDelayed"] = "0"
	return queueOutput{Attributes: named(attributes, c.AttributeNames)}, nil
}

var dedupIDs atomic.Int64

// Send puts messages on the queue, and panics if AWS would refuse one. It returns their ids. On a FIFO queue all are in
// one group and none is a duplicate.
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

// Put is Send for messages that have attributes, a group or other fields. A poll sees all of them or none.
func (q *Queue) Put(messages ...Message) (ids []string) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	for _, m := range messages {
		e := entry{
			MessageBody: m.Body, MessageAttributes: m.Attributes, MessageGroupId: m.Group, MessageDeduplicationId: m.Dedup,
		}
		if m.Trace != "" {
			e.MessageSystemAttributes = map[string]Attribute{traceHeader: {DataType: "String", StringValue: m.Trace}}
		}
		out, err := q.sendEntry(&e)
		if err != nil {
			panic("queuetest: send to queue " + q.Name + ": " + err.Error())
		}
		ids = append(ids, out.MessageId)
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
	return len(q.messages) - len(q.hidden), len(q.hidden)
}

// Messages returns copies of all messages that are on the queue, in the order in which they were sent.
func (q *Queue) Messages() (all []Message) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	for _, sequence := range slices.Sorted(maps.Keys(q.messages)) {
		m := q.messages[sequence]
		out := m.Message
		out.Attributes = maps.Clone(m.Attributes)
		all = append(all, out)
	}
	return all
}

// Drained is a condition for Wait: no message is left on the queue.
func Drained(visible, inFlight int) bool { return visible+inFlight == 0 }

// Wait returns when the condition holds for the numbers that Depth returns. If ctx ends first, it returns an error with
// both numbers. It checks the condition at every change of this queue.
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
