package queuetest

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

type sendInput struct {
	QueueUrl                string //nolint:revive // the name on the wire
	ID                      string `json:"Id"`
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]Attribute
	MessageSystemAttributes map[string]Attribute
	MessageDeduplicationId  *string //nolint:revive // the name on the wire
	MessageGroupId          *string //nolint:revive // the name on the wire
}

// sendOutput is an answer, and an entry of the answer to a batch.
type sendOutput struct {
	ID                           string `json:"Id,omitempty"`
	MessageId                    string //nolint:revive // the name on the wire
	MD5OfMessageBody             string
	MD5OfMessageAttributes       string `json:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty"`
	SequenceNumber               string `json:",omitempty"`
}

func (in *sendInput) size() int {
	n := len(in.MessageBody)
	for name, a := range in.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

func (s *Server) sendMessage(c *call) *Error {
	var in sendInput
	if err := c.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return err
	}
	now := s.now()
	out, err := q.send(&in, c.trace, now)
	if err != nil {
		return err
	}
	q.settle(now)
	return c.reply(out)
}

func (s *Server) sendMessageBatch(c *call) *Error {
	var in struct {
		QueueUrl string //nolint:revive // the name on the wire
		Entries  []sendInput
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := checkSends(in.Entries); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return err
	}
	now := s.now()
	for i := range in.Entries {
		e := &in.Entries[i]
		out, err := sendOutput{}, c.fault.entry(i)
		if err == nil {
			out, err = q.send(e, c.trace, now)
		}
		if err != nil {
			c.fail(e.ID, err)
			continue
		}
		out.ID = e.ID
		c.succeed()
		if err := c.reply(out); err != nil {
			return err
		}
	}
	c.endBatch()
	q.settle(now)
	return nil
}

func checkSends(entries []sendInput) *Error {
	if err := checkCount("SendMessageBatch", len(entries)); err != nil {
		return err
	}
	size, ids := 0, map[string]bool{}
	for i := range entries {
		e := &entries[i]
		if !isBatchID(e.ID) {
			return errBatchID
		}
		if ids[e.ID] {
			return errBatch("BatchEntryIdsNotDistinct", "Id %s repeated.", e.ID)
		}
		ids[e.ID] = true
		size += e.size()
	}
	if size > 1<<20 {
		return errBatch("BatchRequestTooLong",
			"Batch requests cannot be longer than 1048576 bytes. You have sent %d bytes.", size)
	}
	return nil
}

// send checks a message and puts it on the queue; the caller settles the queue once for all it sends.
func (q *queue) send(in *sendInput, trace string, now time.Duration) (out sendOutput, err *Error) {
	if err := q.checkSend(in); err != nil {
		return out, err
	}
	if a, ok := in.MessageSystemAttributes["AWSTraceHeader"]; ok {
		trace = a.StringValue
		out.MD5OfMessageSystemAttributes = digestAttributes(in.MessageSystemAttributes)
	}
	m, err := newMessage(&Message{
		Body: in.MessageBody, Attributes: in.MessageAttributes, Trace: trace,
		Group: text(in.MessageGroupId), Dedup: text(in.MessageDeduplicationId),
	})
	if err != nil {
		return out, err
	}
	out.MD5OfMessageBody = digest(in.MessageBody)
	if len(in.MessageAttributes) > 0 {
		out.MD5OfMessageAttributes = digestAttributes(in.MessageAttributes)
	}
	delay := q.settings.delay
	if in.DelaySeconds != nil && !q.settings.fifo {
		delay = *in.DelaySeconds
	}
	if q.settings.fifo {
		if m.dedup == "" {
			sum := sha256.Sum256([]byte(in.MessageBody))
			m.dedup = hex.EncodeToString(sum[:])
		}
		if was := q.duplicate(m, now); was != nil {
			out.MessageId, out.SequenceNumber = was.id, string(appendNumber(nil, was.number))
			return out, nil
		}
		out.SequenceNumber = string(appendNumber(nil, m.number))
	}
	q.add(m, now, q.s.seconds(delay))
	q.s.stats.sent++
	out.MessageId = m.id
	return out, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (q *queue) checkSend(in *sendInput) *Error {
	if in.size() > q.settings.maxSize {
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.settings.maxSize)
	}
	for name, value := range map[string]*string{
		"MessageGroupId": in.MessageGroupId, "MessageDeduplicationId": in.MessageDeduplicationId,
	} {
		if value != nil && !isToken(*value) {
			return invalidValue(name, *value, name+
				" can only include alphanumeric and punctuation characters. 1 to 128 in length.")
		}
	}
	if q.settings.fifo {
		return q.checkInOrder(in)
	}
	switch delay := in.DelaySeconds; {
	case in.MessageDeduplicationId != nil:
		return invalidValue("MessageDeduplicationId", *in.MessageDeduplicationId, wrongType)
	case delay != nil && (*delay < 0 || *delay > 900):
		return invalidValue("DelaySeconds", *delay, "DelaySeconds must be >= 0 and <= 900.")
	}
	return nil
}

const wrongType = "The request include parameter that is not valid for this queue type."

func (q *queue) checkInOrder(in *sendInput) *Error {
	switch {
	case in.MessageGroupId == nil:
		return missing("MessageGroupId")
	case in.MessageDeduplicationId == nil && !q.settings.dedupContent:
		return invalid("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	case in.DelaySeconds != nil && *in.DelaySeconds != 0:
		return invalidValue("DelaySeconds", *in.DelaySeconds, wrongType)
	}
	return nil
}
