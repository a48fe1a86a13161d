package queuetest

import (
	"bytes"
	"encoding/json"
	"maps"
	"time"

	"github.com/google/uuid"
)

// Attribute is a message attribute: StringValue for the types String and Number, BinaryValue for Binary.
type Attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// Message is a message to be put on a queue, or a copy of one that is there.
type Message struct {
	Body       string
	Attributes map[string]Attribute
	Group      string // MessageGroupId
	Dedup      string // MessageDeduplicationId
	Trace      string // AWSTraceHeader

	// The rest is filled in by Messages alone.
	ID       string
	Receives int
	InFlight bool
	Source   string // ARN of the queue that gave it up, for one in a dead-letter queue
	Sent     time.Time
}

type state uint8

const (
	gone state = iota
	visible
	inFlight
)

// message is a message on a queue.
type message struct {
	sequence   uint64 // on its queue
	id         string
	wire       []byte // its JSON up to the body: escaped once when it is sent, not at every receive
	attributes map[string]Attribute
	group      string
	dedup      string
	trace      string
	source     string
	number     string // sequence number on a FIFO queue
	sent       int64  // Unix milliseconds

	state    state
	first    int64 // receive, in Unix milliseconds
	receives int   // on all queues
	before   int   // of which on other queues
	receipt  uint32
	received time.Duration // on the server's clock, like until
	until    time.Duration
	place    int // in hidden
}

// head are the members of a received message that never change.
type head struct{ MessageId, MD5OfBody, Body string } //nolint:revive // the names on the wire

func newMessage(e *entry) *message {
	m := &message{id: uuid.NewString(), attributes: e.MessageAttributes, sent: time.Now().UnixMilli()}
	m.wire = bytes.TrimSuffix(encode(head{m.id, digest(e.MessageBody), e.MessageBody}), []byte("}"))
	if e.MessageGroupId != nil {
		m.group = *e.MessageGroupId
	}
	if e.MessageDeduplicationId != nil {
		m.dedup = *e.MessageDeduplicationId
	}
	return m
}

func (m *message) body() string {
	var h head
	if err := json.Unmarshal(append(bytes.Clone(m.wire), '}'), &h); err != nil {
		panic("queuetest: a message that was encoded here cannot be decoded: " + err.Error())
	}
	return h.Body
}

// copy returns what Messages shows of m.
func (m *message) copy() Message {
	return Message{
		Body: m.body(), Attributes: maps.Clone(m.attributes), Group: m.group, Dedup: m.dedup, Trace: m.trace,
		ID: m.id, Receives: m.receives, InFlight: m.state == inFlight,
		Source: m.source, Sent: time.UnixMilli(m.sent),
	}
}
