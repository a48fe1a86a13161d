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
	if m.ReadEncoding() == binding.EncodingBatch {
		events, err = decodeBatch(req, m, body)
	} else {
		var e *event.Event
		if m.ReadEncoding() == binding.EncodingStructured {
			err = strictJSON(body)
		}
		if err == nil {
			e, err = binding.ToEvent(req.Context(), m)
		}
		if err == nil {
			events = []event.Event{*e}
		}
	}
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if v := e.SpecVersion(); v != event.CloudEventsVersionV1 {
			return nil, fmt.Errorf("specversion %q is not accepted: only 1.0", v)
		}
		if err := e.Validate(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

func decodeBatch(req *http.Request, m *cehttp.Message, body []byte) ([]event.Event, error) {
	var each []json.RawMessage
	if err := json.Unmarshal(body, &each); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	for i, raw := range each {
		if err := strictJSON(raw); err != nil {
			return nil, fmt.Errorf("event %d of the batch: %w", i, err)
		}
	}
	return binding.ToEvents(req.Context(), m, bytes.NewReader(body))
}

// The SDK treats these as absent if they are empty.
var neverEmpty = []string{"subject", "time", "dataschema", "datacontenttype"}

// strictJSON refuses what the SDK accepts in an event's JSON although the specification forbids it.
func strictJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	if members["data"] != nil && members["data_base64"] != nil {
		return errors.New("data and data_base64 exclude each other")
	}
	for name, value := range members {
		if slices.Contains(neverEmpty, name) && string(value) == `""` {
			return fmt.Errorf("%s: if present, MUST NOT be empty", name)
		}
		if name != "data_base64" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return fmt.Errorf("attribute %q: names consist of lower-case letters and digits", name)
		}
	}
	return nil
}
