package sink

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

// maxType is the length of an event type that Dispatch accepts.
const maxType = 128

// appendDispatch writes CloudEvents 0.1 as Dispatch reads it. `extensions` is left out: Dispatch refuses an empty one.
func appendDispatch(dst []byte, e *cloudevents.Event, _ http.Header) ([]byte, error) {
	dst = appendMember(dst, `{"eventType":`, legalType(e.Type()))
	dst = append(dst, `,"cloudEventsVersion":"0.1"`...)
	dst = appendMember(dst, `,"source":`, e.Source())
	dst = appendMember(dst, `,"eventID":`, e.ID())
	dst = appendMember(dst, `,"eventTime":`, e.Time().Format(time.RFC3339Nano))
	dst = appendMember(dst, `,"contentType":`, e.DataContentType())
	if isJSON(e) {
		dst = append(append(dst, `,"data":`...), e.DataEncoded...)
	} else {
		dst = appendMember(dst, `,"data":`, string(e.DataEncoded))
	}
	return append(dst, '}'), nil
}

// draftEncoder writes the draft before CloudEvents 0.1, whose data are always a string.
type draftEncoder struct{ namespace, sourceID string }

func (d draftEncoder) append(dst []byte, e *cloudevents.Event, _ http.Header) ([]byte, error) {
	dst = appendMember(dst, `{"namespace":`, d.namespace)
	dst = appendMember(dst, `,"event-type":`, legalType(e.Type()))
	dst = append(dst, `,"cloud-events-version":"0.1","source-type":"aws"`...)
	dst = appendMember(dst, `,"source-id":`, d.sourceID)
	dst = appendMember(dst, `,"event-id":`, e.ID())
	dst = appendMember(dst, `,"event-time":`, e.Time().Format(time.RFC3339Nano))
	dst = appendMember(dst, `,"content-type":`, e.DataContentType())
	dst = appendMember(dst, `,"data":`, string(e.DataEncoded))
	return append(dst, '}'), nil
}

// appendMember writes a member's name, as given, and its value as a JSON string.
func appendMember(dst []byte, name, value string) []byte {
	quoted, _ := json.Marshal(value) // a string cannot fail
	return append(append(dst, name...), quoted...)
}

// legalType maps a type to what Dispatch's `^[\w\d\-\.]+$` lets pass: any other character becomes a hyphen, and the end is cut.
func legalType(text string) string {
	legal := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '-'
	}, text)
	return legal[:min(len(legal), maxType)]
}

func isJSON(e *cloudevents.Event) bool { return e.DataContentType() == cloudevents.ApplicationJSON }
