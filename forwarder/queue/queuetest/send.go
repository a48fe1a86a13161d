package queuetest

import (
	"bytes"
	"crypto/md5" //nolint:gosec // SQS answers with MD5 sums
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

const traceHeader = "AWSTraceHeader"

// head has the members of a received message that never change.
type head struct{ MessageId, MD5OfBody, Body string } //nolint:revive // the names on the wire

func (e *entry) size() int {
	n := len(e.MessageBody)
	for name, a := range e.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

// sendEntry checks a message and puts it on the queue.
func (q *Queue) sendEntry(e *entry) (*result, *Error) {
	if err := q.check(e); err != nil {
		return nil, err
	}
	m := &message{Message: Message{
		Body: e.MessageBody, Attributes: e.MessageAttributes, Group: e.MessageGroupId, Dedup: e.MessageDeduplicationId,
		Trace: e.MessageSystemAttributes[traceHeader].StringValue, ID: uuid.NewString(), Sent: time.Now(),
	}}
	out := &result{MessageId: m.ID, MD5OfMessageBody: digest(e.MessageBody)}
	m.wire = bytes.TrimSuffix(encode(head{m.ID, out.MD5OfMessageBody, e.MessageBody}), []byte("}"))
	if q.FIFO {
		if m.Dedup == "" {
			sum := sha256.Sum256([]byte(e.MessageBody))
			m.Dedup = hex.EncodeToString(sum[:])
		}
		// A duplicate is not added within five minutes. Sequence numbers grow, have 20 digits and are not consecutive,
		// as on AWS.
		before := q.seen[m.Dedup]
		if before != nil && time.Since(before.Sent) < q.s.seconds(5*60) {
			out.MessageId, out.SequenceNumber = before.ID, before.number
			return out, nil
		}
		q.seen[m.Dedup] = m
		m.number = strconv.FormatUint(10_000_000_000_000_000_000+256*(q.sequence+1), 10)
		out.SequenceNumber = m.number
	}
	q.add(m)
	return out, nil
}

func (q *Queue) check(e *entry) *Error {
	switch n := len(e.MessageAttributes); {
	case e.MessageBody == "":
		return missing("MessageBody")
	case e.size() > q.maxSize:
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.maxSize)
	case strings.ContainsFunc(e.MessageBody, isForbidden) || !utf8.ValidString(e.MessageBody):
		return errCharacters
	case n > 10:
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", n)
	case !q.FIFO && e.MessageDeduplicationId != "":
		return invalidValue("MessageDeduplicationId", e.MessageDeduplicationId,
			"The request include parameter that is not valid for this queue type.")
	case q.FIFO && e.MessageGroupId == "":
		return missing("MessageGroupId")
	case q.FIFO && e.MessageDeduplicationId == "" && !q.ContentDedup:
		return invalid("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	}
	for name, a := range e.MessageAttributes {
		if err := a.check(name); err != nil {
			return err
		}
	}
	return nil
}

func isForbidden(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

var (
	attributeName = regexp.MustCompile(`^[\w-]+(\.[\w-]+)*$`)
	reservedName  = regexp.MustCompile(`(?i)^(aws|amazon)\.`)
)

func (a *Attribute) check(name string) *Error {
	kind, _, _ := strings.Cut(a.DataType, ".")
	switch {
	case kind != "String" && kind != "Number" && kind != "Binary":
		return invalid("The type of message (user) attribute '%s' is invalid. "+
			"You must use only the following supported type prefixes: Binary, Number, String.", name)
	case kind == "Binary" && len(a.BinaryValue) == 0 || kind != "Binary" && a.StringValue == "":
		return invalid("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, kind)
	case len(name) > 256 || !attributeName.MatchString(name) || reservedName.MatchString(name):
		return invalid("Message (user) attribute name can contain alphanumeric characters, underscores, hyphens "+
			"and periods, up to 256, and cannot begin with AWS. or Amazon.: '%s'", name)
	}
	return nil
}

func digest(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
