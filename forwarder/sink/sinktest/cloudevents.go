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

// cloudEvents decodes with the CloudEvents SDK and adds what the specification demands and the SDK lets pass. A batch
// is taken as a whole or not at all.
func (r *Receiver) cloudEvents(req *http.Request, body []byte, pub publish) answer {
	if !r.bearer(req) {
		return text(http.StatusUnauthorized, "bearer token is not known")
	}
	m := cehttp.NewMessage(req.Header, io.NopCloser(bytes.NewReader(body)))
	var events []event.Event
	var err error
	encoding := m.ReadEncoding()
	switch encoding {
	case binding.EncodingBinary:
		events, err = one(req, m)
	case binding.EncodingStructured:
		if err = strictJSON(body); err == nil {
			events, err = one(req, m)
		}
	case binding.EncodingBatch:
		events, err = batch(req, m, body)
	default:
		return text(http.StatusUnsupportedMediaType,
			"no CloudEvent: neither a known application/cloudevents media type nor ce- headers")
	}
	if err == nil {
		err = valid(events)
	}
	if err != nil {
		return text(http.StatusBadRequest, err.Error())
	}
	for _, e := range events {
		if err := pub(fromSDK(e, encoding)); err != nil {
			return text(http.StatusInternalServerError, err.Error())
		}
	}
	return answer{status: http.StatusAccepted}
}

func (r *Receiver) bearer(req *http.Request) bool {
	token, found := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return len(r.tokens) == 0 || found && slices.Contains(r.tokens, token)
}

func one(req *http.Request, m *cehttp.Message) ([]event.Event, error) {
	e, err := binding.ToEvent(req.Context(), m)
	if err != nil {
		return nil, err
	}
	return []event.Event{*e}, nil
}

func batch(req *http.Request, m *cehttp.Message, body []byte) ([]event.Event, error) {
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

// The SDK takes these for absent when they are empty.
var neverEmpty = []string{"subject", "time", "dataschema", "datacontenttype"}

// strictJSON finds what the SDK accepts in an event's JSON although the specification does not.
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

func valid(events []event.Event) error {
	for _, e := range events {
		if v := e.SpecVersion(); v != event.CloudEventsVersionV1 {
			return fmt.Errorf("specversion %q is not accepted: only 1.0", v)
		}
		if err := e.Validate(); err != nil {
			return err
		}
	}
	return nil
}

func fromSDK(e event.Event, encoding binding.Encoding) Received {
	return Received{
		ID: e.ID(), Type: e.Type(), Source: e.Source(), Subject: e.Subject(), Time: e.Time(),
		ContentType: e.DataContentType(), Extensions: e.Extensions(), Data: e.Data(), Mode: encoding.String(),
	}
}
