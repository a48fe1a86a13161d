package queuetest

import (
	"crypto/md5" //nolint:gosec // MD5 is what SQS answers with
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Attribute is a message attribute: StringValue for the types String and Number, BinaryValue for Binary.
type Attribute struct {
	DataType    string `json:"DataType"`
	StringValue string `json:"StringValue,omitempty"`
	BinaryValue []byte `json:"BinaryValue,omitempty"`
}

// Message is a message to be put on a queue, or a copy of one that is there.
type Message struct {
	Body       string
	Attributes map[string]Attribute
	Group      string // MessageGroupId
	Dedup      string // MessageDeduplicationId
	Trace      string // AWSTraceHeader
	Delay      int    // seconds of SQS; 0 means the queue's own

	// The rest is filled in by Messages alone.
	ID       string
	Receives int
	InFlight bool
	Delayed  bool
	Source   string // ARN of the queue that gave it up, for one in a dead-letter queue
	Sent     time.Time
}

type state uint8

const (
	gone state = iota
	visible
	inFlight
	delayed
)

// message is a message on a queue. What is above the line never changes once it is on the queue, and may be read
// without the lock.
type message struct {
	seq    uint64
	id     string
	wire   []byte // its JSON members that never change: escaped once when sent, not at every receive
	bodyAt int    // where the quoted body begins in wire
	attrs  map[string]Attribute
	all    []byte // JSON of all message attributes and their digest, empty without any
	group  string
	dedup  string
	trace  string
	source string
	number uint64 // sequence number on a FIFO queue
	sent   int64  // Unix milliseconds

	// ──
	first    int64 // Unix milliseconds
	count    int   // receives, on all queues
	before   int   // of which on other queues
	receipt  uint32
	state    state
	received time.Duration // on the server's clock, like until
	until    time.Duration
	place    int // in hidden
	line     *group
	ahead    *message // in line
	behind   *message
}

// newMessage checks and encodes; it needs no lock.
func newMessage(in *Message) (*message, *Error) {
	if in.Body == "" {
		return nil, missing("MessageBody")
	}
	if !allowed(in.Body) {
		return nil, errContents
	}
	if err := checkAttributes(in.Attributes); err != nil {
		return nil, err
	}
	m := &message{
		id: uuid.NewString(), group: in.Group, dedup: in.Dedup, trace: in.Trace,
		attrs: in.Attributes, sent: time.Now().UnixMilli(),
	}
	b := make([]byte, 0, len(in.Body)+len(in.Body)/8+128)
	b = append(append(b, `"MessageId":"`...), m.id...)
	b = append(append(b, `","MD5OfBody":"`...), digest(in.Body)...)
	b = append(b, `","Body":`...)
	m.bodyAt = len(b)
	m.wire = appendQuoted(b, in.Body)
	if len(m.attrs) > 0 {
		m.all = appendAttributes(nil, m.attrs)
	}
	return m, nil
}

func (m *message) body() (body string) {
	if err := json.Unmarshal(m.wire[m.bodyAt:], &body); err != nil {
		panic("queuetest: a body that was encoded here cannot be decoded: " + err.Error())
	}
	return body
}

// copy returns what Messages shows of m.
func (m *message) copy() Message {
	return Message{
		Body: m.body(), Attributes: maps.Clone(m.attrs), Group: m.group, Dedup: m.dedup, Trace: m.trace,
		ID: m.id, Receives: m.count, InFlight: m.state == inFlight, Delayed: m.state == delayed,
		Source: m.source, Sent: time.UnixMilli(m.sent),
	}
}

func digest(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// digestAttributes is MD5OfMessageAttributes: over names in order, types and values, each after its length.
func digestAttributes(attrs map[string]Attribute) string {
	h := md5.New() //nolint:gosec // see the import
	put := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
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
