// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"time"

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
	id, source, detailType, account, region, resource string

	time             time.Time
	detail           []byte
	isSource, isType bool // they are strings, if empty ones
}

// New makes the CloudEvent of a message. Its data is the body, byte for byte, unless the body is no JSON: then it is a text.
// A message that is no EventBridge event has the type TypeMessage, the message id as its id, and the moment it was sent as its time.
func New(source Source, messageID, body string, sent time.Time) cloudevents.Event {
	context := &cloudevents.EventContextV1{Source: source.ref}
	e := cloudevents.Event{Context: context, DataEncoded: []byte(body)}
	env, is, valid := parse(e.DataEncoded)
	if !is {
		context.ID, context.Type, context.Time = messageID, TypeMessage, timestamp(sent)
		context.DataContentType = pointer(contentPlain)
		if valid {
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

// parse tells whether body is an EventBridge event, a JSON object with the strings id, source and detail-type and a detail, and
// whether it is JSON at all. What else is missing or of another kind is left out: the event is passed on without it.
func parse(body []byte) (e envelope, is, valid bool) {
	s := scanner{text: body}
	if !s.members(e.member) {
		whole := scanner{text: body}
		return e, false, whole.document()
	}
	valid = s.space() == 0 && s.at == len(body)
	return e, valid && e.isSource && e.isType && e.id != "" && e.detail != nil, valid
}

func (e *envelope) member(name, value []byte) {
	switch string(name) {
	case "id":
		e.id = unquote(value)
	case "source":
		e.source, e.isSource = unquote(value), value[0] == '"'
	case "detail-type":
		e.detailType, e.isType = unquote(value), value[0] == '"'
	case "account":
		e.account = unquote(value)
	case "region":
		e.region = unquote(value)
	case "resources":
		e.resource = first(value)
	case "time":
		if e.time.UnmarshalText([]byte(unquote(value))) != nil {
			e.time = time.Time{}
		}
	case "detail":
		e.detail = value
	}
}

// first is the first string of an array of strings.
func first(array []byte) string {
	s := scanner{text: array}
	if !s.take('[') || s.space() != '"' {
		return ""
	}
	return unquote(array[s.at:])
}

// subject is the key of the S3 object, as S3 itself or as CloudTrail tells it, else the first resource.
func (e *envelope) subject() string {
	if e.source != "aws.s3" {
		return e.resource
	}
	subject := e.resource
	detail := scanner{text: e.detail}
	detail.members(func(name, value []byte) {
		if string(name) != "object" && string(name) != "requestParameters" {
			return
		}
		inner := scanner{text: value}
		inner.members(func(name, value []byte) {
			if string(name) != "key" {
				return
			}
			if key := unquote(value); key != "" {
				subject = key
			}
		})
	})
	return subject
}

func (e *envelope) extensions() map[string]any {
	extensions := make(map[string]any, 3)
	put := func(name, value string) {
		if value != "" {
			extensions[name] = value
		}
	}
	put("awsaccount", e.account)
	put("awsregion", e.region)
	put("awsdetailtype", e.detailType)
	return extensions
}

func timestamp(t time.Time) *types.Timestamp {
	if t.IsZero() {
		return nil
	}
	return &types.Timestamp{Time: t.UTC()}
}

func pointer(s string) *string { return &s }
