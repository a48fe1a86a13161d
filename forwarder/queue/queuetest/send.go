package queuetest

import (
	"crypto/md5" //nolint:gosec // MD5 is what SQS answers with
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

func (e *entry) size() int {
	n := len(e.MessageBody)
	for name, a := range e.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

// sendEntry checks a message and puts it on the queue.
func (q *queue) sendEntry(c *call, e *entry) (*result, *Error) {
	if err := q.checkSend(e); err != nil {
		return nil, err
	}
	if err := checkContent(e); err != nil {
		return nil, err
	}
	m := newMessage(e)
	out := &result{MessageId: m.id, MD5OfMessageBody: digest(e.MessageBody)}
	m.trace = c.trace
	if a, given := e.MessageSystemAttributes["AWSTraceHeader"]; given {
		m.trace = a.StringValue
		out.MD5OfMessageSystemAttributes = digestAttributes(e.MessageSystemAttributes)
	}
	if len(e.MessageAttributes) > 0 {
		out.MD5OfMessageAttributes = digestAttributes(e.MessageAttributes)
	}
	if q.settings.fifo {
		if m.dedup == "" {
			sum := sha256.Sum256([]byte(e.MessageBody))
			m.dedup = hex.EncodeToString(sum[:])
		}
		if was := q.duplicate(m, c.now); was != nil {
			out.MessageId, out.SequenceNumber = was.id, was.number
			return out, nil
		}
		out.SequenceNumber = m.number
	}
	q.add(m)
	return out, nil
}

// checkSend checks what depends on the queue: the size, what FIFO queues demand, and what others do not take.
func (q *queue) checkSend(e *entry) *Error {
	switch fifo, dedup := q.settings.fifo, e.MessageDeduplicationId; {
	case e.size() > q.settings.maxSize:
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.",
			q.settings.maxSize)
	case !fifo && dedup != nil:
		return invalidValue("MessageDeduplicationId", *dedup,
			"The request include parameter that is not valid for this queue type.")
	case fifo && e.MessageGroupId == nil:
		return missing("MessageGroupId")
	case fifo && dedup == nil && !q.settings.dedupContent:
		return invalid("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	}
	return nil
}

func checkContent(e *entry) *Error {
	if e.MessageBody == "" {
		return missing("MessageBody")
	}
	if !allowed(e.MessageBody) {
		return sender(400, "InvalidMessageContents", "InvalidMessageContents", "Invalid characters found. Valid unicode "+
			"characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.")
	}
	if n := len(e.MessageAttributes); n > 10 {
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", n)
	}
	for name, a := range e.MessageAttributes {
		if err := a.check(name); err != nil {
			return err
		}
	}
	return nil
}

// allowed tells whether SQS takes the text: XML's characters, in valid UTF-8.
func allowed(body string) bool {
	for i, r := range body {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r < utf8.RuneError || r >= 0x10000:
		case r == utf8.RuneError && strings.HasPrefix(body[i:], "\uFFFD"): // the character itself, not a broken one
		default:
			return false
		}
	}
	return true
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

// digestAttributes is MD5OfMessageAttributes: over names in order, types and values, each after its length.
func digestAttributes(attributes map[string]Attribute) string {
	h := md5.New() //nolint:gosec // see the import
	put := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		put([]byte(name))
		put([]byte(a.DataType))
		if a.BinaryValue != nil {
			h.Write([]byte{2})
			put(a.BinaryValue)
		} else {
			h.Write([]byte{1})
			put([]byte(a.StringValue))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
