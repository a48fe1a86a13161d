// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/scan"
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

	time   time.Time
	detail []byte
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
	var isSource, isType bool
	r := scan.New(body)
	for name := range r.Members() {
		switch string(name) {
		case "id":
			e.id, _ = r.Text()
		case "source":
			e.source, isSource = r.Text()
		case "detail-type":
			e.detailType, isType = r.Text()
		case "account":
			e.account, _ = r.Text()
		case "region":
			e.region, _ = r.Text()
		case "resources":
			e.resource = first(r)
		case "time":
			e.time = moment(r)
		case "detail":
			e.detail = r.Raw()
		}
	}
	valid = r.End()
	return e, valid && isSource && isType && e.id != "" && e.detail != nil, valid
}

// first is the first string of an array of strings.
func first(r *scan.Reader) (text string) {
	for range r.Elements() {
		if s, _ := r.Text(); text == "" {
			text = s
		}
	}
	return text
}

func moment(r *scan.Reader) (t time.Time) {
	text, _ := r.Text()
	if t.UnmarshalText([]byte(text)) != nil {
		return time.Time{}
	}
	return t
}

// subject is the key of the S3 object, as S3 itself or as CloudTrail tells it, else the first resource.
func (e *envelope) subject() string {
	if e.source != "aws.s3" {
		return e.resource
	}
	subject := e.resource
	detail := scan.New(e.detail)
	for name := range detail.Members() {
		if string(name) != "object" && string(name) != "requestParameters" {
			continue
		}
		for name := range detail.Members() {
			if string(name) != "key" {
				continue
			}
			if key, _ := detail.Text(); key != "" {
				subject = key
			}
		}
	}
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
