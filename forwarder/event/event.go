// Package event turns a queue message into a CloudEvent. It is pure: no clock, no network, no state.
package event

import (
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event types that this package assigns; any other type is the `source` of an EventBridge event.
const (
	TypeMessage = "aws.sqs"     // a message that is not an EventBridge event
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

// Set adds an extension or replaces it. Characters that an attribute may not contain are replaced, and a value of white
// space only is ignored.
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

// Traces iterates over the extensions of distributed tracing.
func (e *Event) Traces() iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		for _, x := range e.Extensions {
			if (x.Name == TraceParent || x.Name == TraceState) && !yield(x) {
				return
			}
		}
	}
}

// attribute makes a text a valid attribute value: characters that CloudEvents forbids, such as control characters, are
// replaced, and a text of white space only becomes empty, as it would in an HTTP header.
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
