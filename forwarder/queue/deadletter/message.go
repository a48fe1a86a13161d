package deadletter

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// Message is one dead letter: an event, and why it was not delivered.
type Message struct {
	Queue     string    `json:"queue"`
	ID        string    `json:"messageId"`
	EventID   string    `json:"eventId"`
	EventType string    `json:"eventType"`
	Subject   string    `json:"subject,omitempty"`
	Time      time.Time `json:"time"` // the event's own
	Sent      time.Time `json:"sent"` // to this queue, or to the one whose redrive policy moved it here
	Status    int       `json:"status,omitempty"`
	Reason    string    `json:"reason"`
	Receives  int       `json:"receives"` // before this command received it
	// Attributes are the message attributes and SQS's own.
	Attributes map[string]string `json:"attributes"`

	original string // the message id that the event had in the forwarder's queue
	wasMoved bool   // by a redrive policy, which adds no attributes
	message  types.Message
	from     *sqsQueue
}

// TooOften is the reason of messages that a redrive policy moved.
const TooOften = "received too often"

func newMessage(from *sqsQueue, received types.Message) *Message {
	milliseconds, _ := strconv.ParseInt(received.Attributes["SentTimestamp"], 10, 64)
	receives, _ := strconv.Atoi(received.Attributes["ApproximateReceiveCount"])
	m := &Message{
		Queue: from.name, ID: aws.ToString(received.MessageId), Sent: time.UnixMilli(milliseconds).UTC(),
		Receives: max(0, receives-1), Attributes: map[string]string{}, message: received, from: from,
	}
	e := event.New("", m.ID, []byte(m.Body()), m.Sent)
	m.EventID, m.EventType, m.Subject, m.Time = e.ID, e.Type, e.Subject, e.Time
	maps.Copy(m.Attributes, received.Attributes)
	for name, value := range received.MessageAttributes {
		m.Attributes[name] = cmp.Or(aws.ToString(value.StringValue), base64.StdEncoding.EncodeToString(value.BinaryValue))
	}
	m.wasMoved = received.Attributes["DeadLetterQueueSourceArn"] != "" && !queue.WasRefused(received.MessageAttributes)
	switch a := m.Attributes; { // the forwarder and EventBridge write the reason into attributes
	case m.wasMoved:
		m.Reason = TooOften
	case a["reason"] != "" || a["message-id"] != "":
		m.Status, _ = strconv.Atoi(a["status"])
		m.Reason, m.original = a["reason"], a["message-id"]
	case a["ERROR_CODE"] != "":
		m.Reason = strings.TrimSuffix(a["ERROR_CODE"]+": "+a["ERROR_MESSAGE"], ": ")
	}
	m.Reason = cmp.Or(m.Reason, "no reason is stated")
	return m
}

// ownAttributes returns the attributes that the message had before it became a dead letter.
func (m *Message) ownAttributes() map[string]types.MessageAttributeValue {
	if m.wasMoved {
		return m.message.MessageAttributes
	}
	own := queue.OwnAttributes(m.message.MessageAttributes)
	for _, name := range []string{ // those that EventBridge adds to a dead letter mean nothing in another queue
		"ERROR_CODE", "ERROR_MESSAGE", "EXHAUSTED_RETRY_CONDITION", "RETRY_ATTEMPTS", "RULE_ARN", "TARGET_ARN", "TARGET_ID",
	} {
		delete(own, name)
	}
	return own
}

// Body returns the event as it was received.
func (m *Message) Body() string { return aws.ToString(m.message.Body) }

// Filter selects messages. The zero Filter selects all.
type Filter struct {
	IDs    []string // of the event or of the message
	Reason string   // a part of the reason
	Status int      // HTTP status of the receiver's answer
}

// Match reports whether a message is selected.
func (f Filter) Match(m *Message) bool {
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, m.EventID) || slices.Contains(f.IDs, m.ID)) &&
		(f.Status == 0 || f.Status == m.Status) &&
		strings.Contains(strings.ToLower(m.Reason), strings.ToLower(f.Reason))
}
