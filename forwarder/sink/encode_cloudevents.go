package sink

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/binding"
	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// sdkEvent is an event in the CloudEvents SDK's form. The SDK decides how CloudEvents 1.0 is written, so that receivers
// that use the SDK read it as it was meant. The SDK's event is filled here and not by its setters, which check each
// attribute again and take twice as long.
type sdkEvent struct {
	event   cloudevents.Event
	context cloudevents.EventContextV1
	time    types.Timestamp
	source  string // the text from which context.Source was parsed
}

// sdkEvents are reused: filling one costs less than making one.
var sdkEvents = sync.Pool{New: func() any {
	s := &sdkEvent{context: cloudevents.EventContextV1{Extensions: map[string]any{}}}
	s.event.Context = &s.context
	return s
}}

func newSDKEvent(e *event.Event) (*sdkEvent, error) {
	s := sdkEvents.Get().(*sdkEvent)
	if s.source != e.Source {
		source, err := url.Parse(e.Source)
		if err != nil {
			return nil, err
		}
		s.context.Source, s.source = types.URIRef{URL: *source}, e.Source
	}
	s.time.Time = e.Time
	s.context.ID, s.context.Type, s.context.Time, s.context.DataContentType = e.ID, e.Type, &s.time, &e.ContentType
	if e.Subject != "" {
		s.context.Subject = &e.Subject
	}
	for _, x := range e.Extensions {
		s.context.Extensions[x.Name] = x.Value
	}
	return s, nil
}

// free empties the event and returns it to the pool.
func (s *sdkEvent) free() {
	s.event.DataEncoded, s.event.DataBase64, s.context.Subject, s.context.DataContentType = nil, false, nil, nil
	clear(s.context.Extensions)
	sdkEvents.Put(s)
}

// appendStructured writes the CloudEvents 1.0 JSON format: one object, or an element of a batch. JSON data is inserted
// unchanged: the SDK would copy them twice, and an encoder might change them.
func appendStructured(dst []byte, e *event.Event, _ http.Header) (head, data []byte, err error) {
	s, err := newSDKEvent(e)
	if err != nil {
		return nil, nil, err
	}
	defer s.free()
	isJSON := e.ContentType == event.JSON
	if !isJSON {
		s.event.DataEncoded, s.event.DataBase64 = e.Data, !utf8.Valid(e.Data)
	}
	text := bytes.NewBuffer(dst)
	if err := cloudevents.WriteJson(&s.event, text); err != nil {
		return nil, nil, err
	}
	text.Truncate(text.Len() - len("}"))
	if !isJSON {
		return text.Bytes(), nil, nil
	}
	text.WriteString(`,"data":`)
	return text.Bytes(), e.Data, nil
}

// appendBinary lets the SDK write the attributes into headers, and leaves the data unchanged.
func appendBinary(dst []byte, e *event.Event, header http.Header) (head, data []byte, err error) {
	s, err := newSDKEvent(e)
	if err != nil {
		return nil, nil, err
	}
	defer s.free()
	request := http.Request{Header: header}
	err = cehttp.WriteRequest(context.Background(), binding.ToMessage(&s.event), &request)
	return dst, e.Data, err
}
