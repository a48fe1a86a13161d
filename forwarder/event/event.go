// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"iter"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
