// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"iter"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/jsonread"
)

// Types that this package gives itself; all others are an EventBridge event's own `source`.
const (
	TypeMessage = "aws.sqs"     // a message that is no EventBridge event
	TypeUnnamed = "aws.unnamed" // an EventBridge event whose source is empty
)

// Content types of the data.
const (
	JSON = "application/json"
	Text = "text/plain"
)

// Event is a CloudEvent. Each attribute is one that CloudEvents 1.0 allows.
type Event struct {
	ID, Type, Source string
	Time             time.Time
	Subject          string // may be empty
	ContentType      string // JSON or Text
	Data             []byte

	Extensions []Extension
}

// Extension is an extension attribute. Neither name nor value is empty.
type Extension struct{ Name, Value string }

// The extensions of distributed tracing, which are also headers of W3C's Trace Context.
const (
	TraceParent = "traceparent"
	TraceState  = "tracestate"
)

// Set adds an extension or replaces it. What no attribute may hold is replaced, and a value of blanks is none.
func (e *Event) Set(name, value string) {
	if value = attribute(value); value == "" {
		return
	}
	for i := range e.Extensions {
		if e.Extensions[i].Name == name {
			e.Extensions[i].Value = value
			return
		}
	}
	e.Extensions = append(e.Extensions, Extension{name, value})
}

// Traces are the extensions of distributed tracing, if there are any.
func (e *Event) Traces() iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		for _, x := range e.Extensions {
			if (x.Name == TraceParent || x.Name == TraceState) && !yield(x) {
				return
			}
		}
	}
}

// ValidSource reports whether text can be a `source` attribute: a URI reference that is not empty.
func ValidSource(text string) bool {
	_, err := url.Parse(text)
	return err == nil && text != ""
}

// envelope is what an EventBridge event says about itself. Only the exact lower-case names count, as with AWS.
type envelope struct {
	id, source, detailType, account, region, resource string

	time   time.Time
	detail []byte
}

// New makes the CloudEvent of a message. Its data is the body, byte for byte, unless the body is no JSON: then it is a
// text. A message that is no EventBridge event has the type TypeMessage, the message id as its id, and the moment it
// was sent as its time.
func New(source, messageID string, body []byte, sent time.Time) Event {
	e := Event{Source: source, ContentType: JSON, Data: body}
	env, is, valid := parse(e.Data)
	if !is {
		e.ID, e.Type, e.Time = messageID, TypeMessage, sent.UTC()
		if !valid {
			e.ContentType = Text
		}
		return e
	}
	e.ID, e.Type, e.Time, e.Subject = attribute(env.id), attribute(env.source), env.time.UTC(), attribute(env.subject())
	if e.ID == "" {
		e.ID = messageID
	}
	if e.Type == "" {
		e.Type = TypeUnnamed
	}
	if env.time.IsZero() {
		e.Time = sent.UTC()
	}
	e.Extensions = env.extensions()
	return e
}

// attribute is a text as an attribute may hold it: a character that CloudEvents forbids there, such as a control
// character, is replaced, and blanks alone are nothing, since that is what a header leaves of them.
func attribute(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef {
			return utf8.RuneError
		}
		return r
	}, text)
}

// parse reports whether body is an EventBridge event, a JSON object with the strings id, source and detail-type and a
// detail, and whether it is JSON at all. Other fields that are missing or of another type are left out: the event is
// passed on without them.
func parse(body []byte) (e envelope, is, valid bool) {
	var isSource, isType bool
	valid = jsonread.Read(body, func(r *jsonread.Reader) {
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
	})
	return e, valid && isSource && isType && e.id != "" && e.detail != nil, valid
}

// first is the first string of an array of strings.
func first(r *jsonread.Reader) (text string) {
	for range r.Elements() {
		if s, _ := r.Text(); text == "" {
			text = s
		}
	}
	return text
}

func moment(r *jsonread.Reader) (t time.Time) {
	text, _ := r.Text()
	if t.UnmarshalText([]byte(text)) != nil {
		return time.Time{}
	}
	if year := t.UTC().Year(); year < 0 || year > 9999 { // RFC 3339 cannot write it
		return time.Time{}
	}
	return t
}

// subject is the key of the S3 object, else the first resource.
func (e *envelope) subject() string {
	if e.source == "aws.s3" {
		if key := objectKey(e.detail); key != "" {
			return key
		}
	}
	return e.resource
}

// objectKey is the object's key in the detail of an S3 event, from S3 itself or from CloudTrail.
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

func (e *envelope) extensions() []Extension {
	all := [...]Extension{{"awsaccount", e.account}, {"awsregion", e.region}, {"awsdetailtype", e.detailType}}
	given := make([]Extension, 0, len(all)+1) // room for what tracing adds
	for _, x := range all {
		if x.Value = attribute(x.Value); x.Value != "" {
			given = append(given, x)
		}
	}
	return given
}
