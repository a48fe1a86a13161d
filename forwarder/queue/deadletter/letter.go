package deadletter

import (
	"cmp"
	"encoding/base64"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// Letter is one dead letter: an event, and why it is not delivered.
type Letter struct {
	Queue     string    `json:"queue"`
	ID        string    `json:"messageId"`
	EventID   string    `json:"eventId"`
	EventType string    `json:"eventType"`
	Subject   string    `json:"subject,omitempty"`
	Time      time.Time `json:"time"` // the event's own
	Sent      time.Time `json:"sent"` // into a queue: this one, or the one whose redrive policy moved it here
	Status    int       `json:"status,omitempty"`
	Reason    string    `json:"reason"`
	Receives  int       `json:"receives"` // before this look
	// Attributes are those of the message and those that SQS keeps of it.
	Attributes map[string]string `json:"attributes"`

	original string // the message id that the event had in the forwarder's queue
	message  types.Message
}

// Reasons that nobody wrote onto the letter.
const (
	TooOften  = "received too often"
	NotStated = "no reason is stated"
)

// ofEventBridge is what EventBridge writes onto a dead letter. It has no meaning beyond the dead-letter queue.
var ofEventBridge = []string{
	"ERROR_CODE", "ERROR_MESSAGE", "EXHAUSTED_RETRY_CONDITION", "RETRY_ATTEMPTS", "RULE_ARN", "TARGET_ARN", "TARGET_ID",
}

func newLetter(queue string, m types.Message) Letter {
	milliseconds, _ := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
	l := Letter{Queue: queue, ID: aws.ToString(m.MessageId), Sent: time.UnixMilli(milliseconds).UTC(), Attributes: map[string]string{}, message: m}
	e := event.New("", l.ID, []byte(l.Body()), l.Sent)
	l.EventID, l.EventType, l.Subject, l.Time = e.ID, e.Type, e.Subject, e.Time
	received, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	l.Receives = max(0, received-1)
	maps.Copy(l.Attributes, m.Attributes)
	for name, value := range m.MessageAttributes {
		l.Attributes[name] = cmp.Or(aws.ToString(value.StringValue), base64.StdEncoding.EncodeToString(value.BinaryValue))
	}
	l.explain()
	return l
}

// explain finds the reason where the one who put the letter here has left it.
func (l *Letter) explain() {
	a := l.Attributes
	switch {
	case l.isAsItWas():
		l.Reason = TooOften
	case a["reason"] != "" || a["message-id"] != "":
		l.Status, _ = strconv.Atoi(a["status"])
		l.Reason, l.original = a["reason"], a["message-id"]
	case a["ERROR_CODE"] != "" && a["ERROR_MESSAGE"] != "":
		l.Reason = a["ERROR_CODE"] + ": " + a["ERROR_MESSAGE"]
	case a["ERROR_CODE"] != "":
		l.Reason = a["ERROR_CODE"]
	}
	if l.Reason == "" {
		l.Reason = NotStated
	}
}

// isAsItWas tells whether the redrive policy has put the message here, which writes nothing onto it.
func (l *Letter) isAsItWas() bool {
	return l.message.Attributes["DeadLetterQueueSourceArn"] != "" && !queue.WasRefused(l.message.MessageAttributes)
}

// own are the attributes that the message had before it became a dead letter.
func (l *Letter) own() map[string]types.MessageAttributeValue {
	if l.isAsItWas() {
		return l.message.MessageAttributes
	}
	own := queue.OwnAttributes(l.message.MessageAttributes)
	for _, name := range ofEventBridge {
		delete(own, name)
	}
	return own
}

// Body is the event as it came.
func (l *Letter) Body() string { return aws.ToString(l.message.Body) }

// Kind is the reason without its particulars, which differ from letter to letter.
func (l *Letter) Kind() string {
	kind, _, _ := strings.Cut(l.Reason, ": ")
	return kind
}
