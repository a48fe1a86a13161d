package sinktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// cloudEvents decodes with the CloudEvents SDK, and also checks what the specification requires but the SDK does not
// check. It accepts a batch as a whole or not at all.
func cloudEvents(req *http.Request, body []byte, known string, pub publish) answer {
	if known != "" && req.Header.Get("Authorization") != "Bearer "+known {
		return text(http.StatusUnauthorized, "bearer token is not known")
	}
	m := cehttp.NewMessage(req.Header, io.NopCloser(bytes.NewReader(body)))
	encoding := m.ReadEncoding()
	if encoding == binding.EncodingUnknown {
		return text(http.StatusUnsupportedMediaType,
			"no CloudEvent: neither a known application/cloudevents media type nor ce- headers")
	}
	events, err := decode(req, m, body)
	if err != nil {
		return text(http.StatusBadRequest, err.Error())
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

// decode reads the events of a request, all of which have to be valid.
func decode(req *http.Request, m *cehttp.Message, body []byte) (events []event.Event, err error) {
	if m.ReadEncoding() == binding.EncodingBinary {
		e, err := binding.ToEvent(req.Context(), m)
		if err != nil {
			return nil, err
		}
		return []event.Event{*e}, valid(e)
	}
	texts := []json.RawMessage{body}
	if m.ReadEncoding() == binding.EncodingBatch {
		if err := json.Unmarshal(body, &texts); err != nil {
			return nil, fmt.Errorf("batch: %w", err)
		}
	}
	for i, text := range texts {
		e, err := fromJSON(text)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		events = append(events, e)
	}
	return events, nil
}

func valid(e *event.Event) error {
	if v := e.SpecVersion(); v != event.CloudEventsVersionV1 {
		return fmt.Errorf("specversion %q is not accepted: only 1.0", v)
	}
	return e.Validate()
}

// The SDK treats these as absent if they are empty.
var neverEmpty = []string{"subject", "time", "dataschema", "datacontenttype"}

// fromJSON refuses what the SDK accepts in an event's JSON although the specification forbids it.
func fromJSON(raw []byte) (e event.Event, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return e, err
	}
	if members["data"] != nil && members["data_base64"] != nil {
		return e, errors.New("data and data_base64 exclude each other")
	}
	for name, value := range members {
		if slices.Contains(neverEmpty, name) && string(value) == `""` {
			return e, fmt.Errorf("%s: if present, MUST NOT be empty", name)
		}
		if name != "data_base64" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return e, fmt.Errorf("attribute %q: names consist of lower-case letters and digits", name)
		}
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, err
	}
	return e, valid(&e)
}
