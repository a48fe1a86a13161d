// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// Types that this package gives itself; all others are an EventBridge event's own `source`.
const (
	TypeMessage  = "aws.sqs"     // a message that is no EventBridge event
	TypeUnnamed  = "aws.unnamed" // an EventBridge event whose source is empty
	contentJSON  = "application/json"
	contentPlain = "text/plain"
)

// Source is the `source` attribute of every event, parsed once.
type Source struct{ ref types.URIRef }

// ParseSource reads the `source` attribute: a URI reference that is not empty.
func ParseSource(text string) (Source, bool) {
	ref := types.ParseURIRef(text)
	if ref == nil || text == "" {
		return Source{}, false
	}
	return Source{ref: *ref}, true
}

// envelope is what an EventBridge event says about itself. Only the exact lower-case names count, as with AWS.
type envelope struct {
	id, source, detailType, account, region string
	time                                    time.Time
	resources                               []string
	detail                                  json.RawMessage
}

// New makes the CloudEvent of a message. Its data is the body, byte for byte, unless the body is no JSON: then it is a text.
// A message that is no EventBridge event has the type TypeMessage, the message id as its id, and the moment it was sent as its time.
func New(source Source, messageID, body string, sent time.Time) cloudevents.Event {
	context := &cloudevents.EventContextV1{Source: source.ref}
	e := cloudevents.Event{Context: context, DataEncoded: []byte(body)}
	env, is := parse(e.DataEncoded)
	if !is {
		context.ID, context.Type, context.Time = messageID, TypeMessage, timestamp(sent)
		context.DataContentType = pointer(contentPlain)
		if json.Valid(e.DataEncoded) {
			context.DataContentType = pointer(contentJSON)
		}
		return e
	}
	if env.time.IsZero() {
		env.time = sent
	}
	context.ID, context.Type, context.Time = env.id, env.source, timestamp(env.time)
	if env.source == "" {
		context.Type = TypeUnnamed
	}
	context.DataContentType = pointer(contentJSON)
	if subject := env.subject(); subject != "" {
		context.Subject = pointer(subject)
	}
	context.Extensions = env.extensions()
	return e
}

// parse tells whether body is an EventBridge event: a JSON object with the strings id, source and detail-type, and a detail.
func parse(body []byte) (envelope, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return envelope{}, false
	}
	var e envelope
	for name, to := range map[string]any{"id": &e.id, "source": &e.source, "detail-type": &e.detailType} {
		if members[name] == nil || members[name][0] != '"' || json.Unmarshal(members[name], to) != nil {
			return envelope{}, false
		}
	}
	e.detail = members["detail"]
	if e.id == "" || e.detail == nil {
		return envelope{}, false
	}
	// What follows may be missing or of another kind: the event is passed on without it.
	for name, to := range map[string]any{"account": &e.account, "region": &e.region, "resources": &e.resources, "time": &e.time} {
		if members[name] != nil {
			_ = json.Unmarshal(members[name], to)
		}
	}
	return e, true
}

// subject is the key of the S3 object, as S3 itself or as CloudTrail tells it, else the first resource.
func (e *envelope) subject() string {
	if e.source == "aws.s3" {
		var detail struct {
			Object            struct{ Key string }
			RequestParameters struct{ Key string }
		}
		if json.Unmarshal(e.detail, &detail) == nil {
			if detail.Object.Key != "" {
				return detail.Object.Key
			}
			if detail.RequestParameters.Key != "" {
				return detail.RequestParameters.Key
			}
		}
	}
	if len(e.resources) > 0 {
		return e.resources[0]
	}
	return ""
}

func (e *envelope) extensions() map[string]any {
	extensions := make(map[string]any, 3)
	for name, value := range map[string]string{"awsaccount": e.account, "awsregion": e.region, "awsdetailtype": e.detailType} {
		if value != "" && utf8.ValidString(value) {
			extensions[name] = value
		}
	}
	return extensions
}

func timestamp(t time.Time) *types.Timestamp {
	if t.IsZero() {
		return nil
	}
	return &types.Timestamp{Time: t.UTC()}
}

func pointer(s string) *string { return &s }
