package sink

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// maxType is the length of the longest event type that Dispatch accepts.
const maxType = 128

// appendDispatch writes CloudEvents 0.1 as Dispatch reads it. The only extensions that it writes are those of
// distributed tracing. JSON data is left unchanged, and other data is written as a string.
func appendDispatch(dst []byte, e *event.Event, _ http.Header) (head, data []byte, err error) {
	dst = appendMember(dst, `{"eventType":`, DispatchType(e.Type))
	dst = append(dst, `,"cloudEventsVersion":"0.1"`...)
	dst = appendMember(dst, `,"source":`, e.Source)
	dst = appendMember(dst, `,"eventID":`, e.ID)
	dst = appendTime(dst, `,"eventTime":`, e.Time)
	dst = appendMember(dst, `,"contentType":`, e.ContentType)
	dst = appendTraces(dst, e)
	if e.ContentType == event.JSON {
		return append(dst, `,"data":`...), e.Data, nil
	}
	return appendMember(dst, `,"data":`, e.Data), nil, nil
}

// appendTraces writes the extensions of distributed tracing, and nothing if there are none: Dispatch refuses an empty
// object.
func appendTraces(dst []byte, e *event.Event) []byte {
	before := `,"extensions":{"`
	for x := range e.Traces() {
		dst = append(append(dst, before...), x.Name...)
		dst = appendMember(dst, `":`, x.Value)
		before = `,"`
	}
	if before == `,"` {
		dst = append(dst, '}')
	}
	return dst
}

// draftEncoder writes events in the format of the draft that preceded CloudEvents 0.1. In it, data is always a string.
type draftEncoder struct{ namespace, sourceID string }

func (d draftEncoder) append(dst []byte, e *event.Event, _ http.Header) (head, data []byte, err error) {
	dst = appendMember(dst, `{"namespace":`, d.namespace)
	dst = appendMember(dst, `,"event-type":`, DispatchType(e.Type))
	dst = append(dst, `,"cloud-events-version":"0.1","source-type":"aws"`...)
	dst = appendMember(dst, `,"source-id":`, d.sourceID)
	dst = appendMember(dst, `,"event-id":`, e.ID)
	dst = appendTime(dst, `,"event-time":`, e.Time)
	dst = appendMember(dst, `,"content-type":`, e.ContentType)
	dst = appendTraces(dst, e)
	return appendMember(dst, `,"data":`, e.Data), nil, nil
}

// appendMember writes a member's name, as given, and its value as a JSON string.
func appendMember[T []byte | string](dst []byte, name string, value T) []byte {
	dst, _ = jsontext.AppendQuote(append(dst, name...), value) // invalid UTF-8 is replaced
	return dst
}

func appendTime(dst []byte, name string, t time.Time) []byte {
	dst = append(append(dst, name...), '"')
	return append(t.AppendFormat(dst, time.RFC3339Nano), '"')
}

// DispatchType maps a type to one that matches Dispatch's `^[\w\d\-\.]+$`: any other character becomes a hyphen, and a
// longer text is cut to the length that Dispatch accepts.
func DispatchType(text string) string {
	valid := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '-'
	}, text)
	return valid[:min(len(valid), maxType)]
}
