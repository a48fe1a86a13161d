package queuetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
)

// received is a message in the answer to a receive.
type received struct {
	MessageId, MD5OfBody, Body, ReceiptHandle string //nolint:revive // the names on the wire

	Attributes        map[string]string    `json:",omitempty"`
	MessageAttributes map[string]Attribute `json:",omitempty"`
}

func (q *Queue) receiveMessage(r *request) (any, *Error) {
	count, visibility := r.MaxNumberOfMessages, q.VisibilityTimeout
	if r.VisibilityTimeout != nil {
		visibility = *r.VisibilityTimeout
	}
	if count < 1 || count > 10 || r.WaitTimeSeconds < 0 || r.WaitTimeSeconds > 20 || !isVisibility(visibility) {
		return nil, invalid("MaxNumberOfMessages must be between 1 and 10, WaitTimeSeconds between 0 and 20, and "+
			"VisibilityTimeout between 0 and %d.", maxVisibility)
	}
	ctx, cancel := context.WithTimeout(r.ctx, q.s.seconds(r.WaitTimeSeconds))
	defer cancel()
	q.s.stats.Waiting++
	taken := q.take(count, q.s.seconds(visibility))
	for len(taken) == 0 && r.WaitTimeSeconds > 0 && q.await(ctx) {
		taken = q.take(count, q.s.seconds(visibility))
	}
	q.s.stats.Waiting--
	out := map[string][]received{}
	for _, m := range taken {
		out["Messages"] = append(out["Messages"], received{
			MessageId: m.ID, MD5OfBody: m.digest, Body: m.Body, ReceiptHandle: q.handle(m),
			Attributes:        named(m.system(), r.MessageSystemAttributeNames),
			MessageAttributes: named(m.Attributes, r.MessageAttributeNames),
		})
	}
	return out, nil
}

// take receives up to count messages in the order in which they were sent. It moves those that were received often
// enough to the dead-letter queue. On a FIFO queue, a message waits while one before it in its group is in flight.
func (q *Queue) take(count int, visibility time.Duration) (taken []*message) {
	now := time.Now()
	waiting := map[string]bool{} // message groups
	for _, m := range q.messages[q.first:] {
		switch {
		case len(taken) == count:
			return taken
		case m == nil, waiting[m.Group]:
			continue
		case m.until.After(now):
			waiting[m.Group] = q.FIFO
		case q.DeadLetter != nil && m.receivesHere >= q.MaxReceiveCount:
			q.redrive(m)
		default:
			m.received = now
			m.receivesHere++
			m.Receives++
			q.hide(m, now.Add(visibility))
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
	q.s.changed.Broadcast() // the request that caused it may still wait for a message
}

// named returns the requested attributes that have a value.
func named[V any](attributes map[string]V, names []string) map[string]V {
	some := maps.Clone(attributes)
	maps.DeleteFunc(some, func(name string, value V) bool {
		return any(value) == any("") || !slices.Contains(names, name) && !slices.Contains(names, "All")
	})
	return some
}

// system returns the message system attributes of m. An empty one is not sent.
func (m *message) system() map[string]string {
	return map[string]string{
		"SentTimestamp":            strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":  strconv.Itoa(m.Receives),
		"MessageDeduplicationId":   m.Dedup,
		"MessageGroupId":           m.Group,
		traceHeader:                m.Trace,
		"DeadLetterQueueSourceArn": m.Source,
	}
}
