package queuetest

import (
	"crypto/md5" //nolint:gosec // SQS answers with MD5 sums
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

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

// add checks a message and puts it on the queue. On a FIFO queue it returns the first message instead if there was one
// with the same deduplication id within five minutes.
func (q *Queue) add(m Message) (*message, *Error) {
	if err := q.check(&m); err != nil {
		return nil, err
	}
	before := q.sent[m.Dedup]
	if q.FIFO && before != nil && time.Since(before.Sent) < q.s.seconds(5*60) {
		return before, nil
	}
	m.ID, m.Sent = uuid.NewString(), time.Now()
	sum := md5.Sum([]byte(m.Body)) //nolint:gosec // see the import
	added := &message{Message: m, digest: hex.EncodeToString(sum[:])}
	if q.FIFO {
		q.sent[m.Dedup] = added
	}
	q.append(added)
	return added, nil
}

func (q *Queue) check(m *Message) *Error {
	size := len(m.Body)
	for name, a := range m.Attributes {
		size += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
		kind, _, _ := strings.Cut(a.DataType, ".")
		if kind == "Binary" && len(a.BinaryValue) == 0 || kind != "Binary" && a.StringValue == "" {
			return invalid("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, kind)
		}
	}
	switch n := len(m.Attributes); {
	case m.Body == "":
		return invalid("MessageBody is missing.")
	case size > q.MaxMessageSize:
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.MaxMessageSize)
	case n > 10:
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", n)
	case q.FIFO != (m.Dedup != "") || q.FIFO && m.Group == "":
		return invalid("A FIFO queue needs MessageDeduplicationId and MessageGroupId; others have no deduplication id.")
	}
	return nil
}
