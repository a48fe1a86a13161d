package queuetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
)

func (q *Queue) receiveMessage(c *call) (any, *Error) {
	count, visibility := 1, q.visibility
	if c.MaxNumberOfMessages != nil {
		count = *c.MaxNumberOfMessages
	}
	switch {
	case count < 1 || count > 10:
		return nil, invalidValue("MaxNumberOfMessages", count, "Must be between 1 and 10, if provided.")
	case c.WaitTimeSeconds < 0 || c.WaitTimeSeconds > 20:
		return nil, invalidValue("WaitTimeSeconds", c.WaitTimeSeconds, "Must be >= 0 and <= 20, if provided.")
	case c.VisibilityTimeout != nil:
		if err := checkVisibility(*c.VisibilityTimeout); err != nil {
			return nil, err
		}
		visibility = q.s.seconds(*c.VisibilityTimeout)
	}
	taken := q.take(count, visibility)
	if len(taken) == 0 && c.WaitTimeSeconds > 0 {
		ctx, cancel := context.WithTimeout(c.ctx, q.s.seconds(c.WaitTimeSeconds))
		defer cancel()
		q.s.stats.Waiting++
		for len(taken) == 0 && q.await(ctx) {
			q.expire()
			taken = q.take(count, visibility)
		}
		q.s.stats.Waiting--
	}
	if len(taken) == 0 {
		return []byte("{}"), nil
	}
	return q.encodeMessages(taken, c), nil
}

// take receives up to count messages. It moves those that were received often enough to the dead-letter queue.
func (q *Queue) take(count int, visibility time.Duration) (taken []*message) {
	for len(taken) < count {
		m := q.next(taken)
		if m == nil {
			break
		}
		if q.redrive(m) {
			continue
		}
		m.received = time.Now()
		if m.first.IsZero() {
			m.first = m.received
		}
		m.receives++
		m.Receives++
		q.hide(m, visibility)
		q.s.stats.Received++
		taken = append(taken, m)
	}
	return taken
}

func (q *Queue) encodeMessages(taken []*message, c *call) []byte {
	systemNames := slices.Concat(c.MessageSystemAttributeNames, c.AttributeNames)
	b := make([]byte, 0, len(taken)*(len(taken[0].wire)+800))
	b = append(b, `{"Messages":[`...)
	for i, m := range taken {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.wire...)
		b = append(b, `,"ReceiptHandle":"`+q.handle(m)+`"`...)
		if attributes := named(m.Attributes, c.MessageAttributeNames); len(attributes) > 0 {
			b = append(b, `,"MessageAttributes":`...)
			b = append(b, encode(attributes)...)
		}
		if len(systemNames) > 0 {
			b = append(b, `,"Attributes":`...)
			b = append(b, encode(named(m.system(), systemNames))...)
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// named returns the requested attributes.
func named[V any](attributes map[string]V, names []string) map[string]V {
	if slices.Contains(names, "All") {
		return attributes
	}
	some := map[string]V{}
	for _, name := range names {
		if value, found := attributes[name]; found {
			some[name] = value
		}
	}
	return some
}

// system returns the message system attributes of m.
func (m *message) system() map[string]string {
	attributes := map[string]string{
		"SenderId":                         "AIDAQUEUETESTSENDER01",
		"SentTimestamp":                    milliseconds(m.Sent),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": milliseconds(m.first),
		"SequenceNumber":                   m.number,
		"MessageDeduplicationId":           m.Dedup,
		"MessageGroupId":                   m.Group,
		traceHeader:                        m.Trace,
		"DeadLetterQueueSourceArn":         m.Source,
	}
	maps.DeleteFunc(attributes, func(_, value string) bool { return value == "" })
	return attributes
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
