package event

import (
	"cmp"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/jsonread"
)

// envelope holds the fields of an EventBridge event. Only the exact lower-case names are recognised, as by AWS.
type envelope struct {
	id, source, detailType, account, region, resource string

	time   time.Time
	detail []byte
}

// New makes the CloudEvent of a message. Its data is the body, byte for byte; its content type is JSON, or Text if the
// body is not JSON. A message that is not an EventBridge event gets the type TypeMessage, the message id as its id, and
// the time at which it was sent.
func New(source, messageID string, body []byte, sent time.Time) Event {
	e := Event{Source: source, ContentType: JSON, Data: body}
	env, isEventBridge, isJSON := parse(e.Data)
	if !isEventBridge {
		e.ID, e.Type, e.Time = messageID, TypeMessage, sent.UTC()
		if !isJSON {
			e.ContentType = Text
		}
		return e
	}
	e.ID, e.Type = cmp.Or(attribute(env.id), messageID), cmp.Or(attribute(env.source), TypeUnnamed)
	if env.source == "aws.s3" {
		env.resource = cmp.Or(objectKey(env.detail), env.resource)
	}
	e.Time, e.Subject = cmp.Or(env.time, sent.UTC()), attribute(env.resource)
	e.Extensions = make([]Extension, 0, 4) // room for what tracing adds
	e.Set("awsaccount", env.account)
	e.Set("awsregion", env.region)
	e.Set("awsdetailtype", env.detailType)
	return e
}

// parse reports whether body is an EventBridge event, a JSON object with the strings id, source and detail-type and a
// detail, and whether it is JSON at all. Other fields that are missing or of another type are left out: the event is
// passed on without them.
func parse(body []byte) (e envelope, isEventBridge, isJSON bool) {
	var hasSource, hasType bool
	isJSON = jsonread.Read(body, func(r *jsonread.Reader) {
		for name := range r.Members() {
			switch string(name) {
			case "id":
				e.id, _ = r.Text()
			case "source":
				e.source, hasSource = r.Text()
			case "detail-type":
				e.detailType, hasType = r.Text()
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
	})
	isEventBridge = isJSON && hasSource && hasType && e.id != "" && e.detail != nil
	return e, isEventBridge, isJSON
}

// first returns the first string of an array of strings.
func first(r *jsonread.Reader) (text string) {
	for range r.Elements() {
		if s, _ := r.Text(); text == "" {
			text = s
		}
	}
	return text
}

// moment returns the time in UTC, or the zero time if it is none or RFC 3339 cannot write it.
func moment(r *jsonread.Reader) (t time.Time) {
	text, _ := r.Text()
	if t.UnmarshalText([]byte(text)) != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// objectKey returns the object's key from the detail of an S3 event, whether S3 itself or CloudTrail has sent it.
func objectKey(detail []byte) (found string) {
	jsonread.Read(detail, func(r *jsonread.Reader) {
		for name := range r.Members() {
			if string(name) != "object" && string(name) != "requestParameters" {
				continue
			}
			for name := range r.Members() {
				if string(name) != "key" {
					continue
				}
				if key, _ := r.Text(); key != "" {
					found = key
				}
			}
		}
	})
	return found
}
