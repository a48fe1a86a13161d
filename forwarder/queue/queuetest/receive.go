package queuetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
)

// received is a message in the answer to a receive.
type received struct {
	MessageId, MD5OfBody, Body, ReceiptHandle string //nolint:revive // the names on the wire

	Attributes        map[string]string    `json:",omitempty"`
	MessageAttributes map[string]Attribute `json:",omitempty"`
}

func (q *Queue) receiveMessage(r *request) (any, *Error) {
	count, visibility := 1, q.VisibilityTimeout
	if r.MaxNumberOfMessages != nil {
		count = *r.MaxNumberOfMessages
	}
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
	var out struct {
		Messages []received `json:",omitempty"`
	}
	for _, m := range taken {
		out.Messages = append(out.Messages, received{
			MessageId: m.ID, MD5OfBody: m.digest, Body: m.Body, ReceiptHandle: q.handle(m),
			Attributes:        named(m.system(), r.MessageSystemAttributeNames),
			MessageAttributes: named(m.Attributes, r.MessageAttributeNames),
		})
	}
	return out, nil
}

// named returns the requested attributes.
func named[V any](attributes map[string]V, names []string) map[string]V {
	some := maps.Clone(attributes)
	maps.DeleteFunc(some, func(name string, _ V) bool {
		return !slices.Contains(names, name) && !slices.Contains(names, "All")
	})
	return some
}

// system returns the message system attributes of m.
func (m *message) system() map[string]string {
	attributes := map[string]string{
		"SentTimestamp":            strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":  strconv.Itoa(m.Receives),
		"MessageDeduplicationId":   m.Dedup,
		"MessageGroupId":           m.Group,
		traceHeader:                m.Trace,
		"DeadLetterQueueSourceArn": m.Source,
	}
	maps.DeleteFunc(attributes, func(_, value string) bool { return value == "" })
	return attributes
}
