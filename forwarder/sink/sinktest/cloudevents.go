package sinktest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// cloudEvents decodes with the CloudEvents SDK, but refuses every specversion but 1.0. It accepts a batch as a whole or
// not at all.
func cloudEvents(req *http.Request, body []byte, known string, pub publish) answer {
	if known != "" && req.Header.Get("Authorization") != "Bearer "+known {
		return text(http.StatusUnauthorized, "bearer token is not known")
	}
	m := cehttp.NewMessage(req.Header, io.NopCloser(bytes.NewReader(body)))
	encoding := m.ReadEncoding()
	var events []event.Event
	var err error
	switch encoding {
	case binding.EncodingUnknown:
		return text(http.StatusUnsupportedMediaType,
			"no CloudEvent: neither a known application/cloudevents media type nor ce- headers")
	case binding.EncodingBatch:
		events, err = binding.ToEvents(req.Context(), m, m.BodyReader)
	default:
		var only *event.Event
		if only, err = binding.ToEvent(req.Context(), m); err == nil {
			events = []event.Event{*only}
		}
	}
	if err != nil {
		return text(http.StatusBadRequest, err.Error())
	}
	for i, e := range events {
		err := e.Validate()
		if v := e.SpecVersion(); v != event.CloudEventsVersionV1 {
			err = fmt.Errorf("specversion %q is not accepted: only 1.0", v)
		}
		if err != nil {
			return text(http.StatusBadRequest, fmt.Sprintf("event %d: %v", i, err))
		}
	}
	for _, e := range events {
		received := Record{
			ID: e.ID(), Type: e.Type(), Source: e.Source(), Subject: e.Subject(), Time: e.Time(),
			ContentType: e.DataContentType(), Extensions: e.Extensions(), Data: e.Data(), Mode: encoding.String(),
		}
		if err := pub(received); err != nil {
			return text(http.StatusInternalServerError, err.Error())
		}
	}
	return answer{status: http.StatusAccepted}
}
