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

const traceHeader = "AWSTraceHeader"

func (q *Queue) sendMessage(r *request) (any, *Error) {
	m := r.Message
	m.Trace = r.MessageSystemAttributes[traceHeader].StringValue
	sent, err := q.add(m)
	if err != nil {
		return nil, err
	}
	return map[string]string{"MessageId": sent.ID, "MD5OfMessageBody": sent.digest}, nil
}

func (q *Queue) deleteEntry(e *entry) *Error {
	m, works, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return err
	case works:
		q.remove(m)
		q.s.stats.Deleted++
	case m != nil && q.FIFO:
		return invalid("The receipt handle %s has expired.", e.ReceiptHandle)
	}
	return nil // deleting again succeeds
}

func isVisibility(seconds int) bool { return seconds >= 0 && seconds <= maxVisibility }

func (q *Queue) changeEntry(e *entry) *Error {
	m, works, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return err
	case e.VisibilityTimeout == nil:
		return invalid("VisibilityTimeout is missing.")
	case !works:
		return invalid("The receipt handle %s is not available for visibility timeout change.", e.ReceiptHandle)
	}
	until := time.Now().Add(q.s.seconds(*e.VisibilityTimeout))
	if !isVisibility(*e.VisibilityTimeout) || until.Sub(m.received) > q.s.seconds(maxVisibility) {
		return invalid("Total VisibilityTimeout for the message is beyond the limit [%d seconds]", maxVisibility)
	}
	q.hide(m, until)
	return nil
}
