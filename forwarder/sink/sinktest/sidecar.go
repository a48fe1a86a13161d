package sinktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// wireEvent is an event of either sidecar's dialect.
type wireEvent interface {
	id() string
	invalid() string
	received() Received
}

// parseEvents reads an array, an object, or objects one after another, as the sidecar does: the first byte decides, so
// that a space before an array makes it no array, and nothing after an array is looked at.
func parseEvents[E wireEvent](body []byte) ([]wireEvent, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var parsed []E
	switch {
	case len(body) == 0:
		return nil, io.EOF
	case body[0] == '[':
		if err := dec.Decode(&parsed); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	default:
		for {
			var e E
			if err := dec.Decode(&e); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			parsed = append(parsed, e)
		}
	}
	events := make([]wireEvent, len(parsed))
	for i, e := range parsed {
		events[i] = e
	}
	return events, nil
}

// sidecar publishes event by event and stops at the first that is not valid: those before it are out by then.
func sidecar(body []byte, parse func([]byte) ([]wireEvent, error), pub publish) answer {
	events, err := parse(body)
	if err != nil {
		return text(http.StatusBadRequest, "Error parsing input: "+inDispatchsWords(err))
	}
	if len(events) == 0 {
		return text(http.StatusBadRequest, "No events parsed")
	}
	for _, e := range events {
		if why := e.invalid(); why != "" {
			return text(http.StatusBadRequest, fmt.Sprintf("Error validating event with ID %s: %s", e.id(), why))
		}
		if err := pub(e.received()); err != nil {
			return text(http.StatusInternalServerError, fmt.Sprintf("Error publishing event with ID %s: %s", e.id(), err))
		}
	}
	return answer{status: http.StatusCreated}
}

// encoding/json names Go's types in its errors; the real servers' are called otherwise.
var dispatchTypes = strings.NewReplacer(
	"sinktest.emission", "v1.Emission", "field emission.cloudEvent.", "field Emission.", "field emission.",
	"field Emission.",
	"sinktest.cloudEvent", "events.CloudEvent", "field cloudEvent.", "field CloudEvent.",
	"sinktest.draftEvent", "events.CloudEvent", "field draftEvent.", "field CloudEvent.",
	"Go value of type map[string]interface {}", "Go value of type events.CloudEventExtensions",
)

func inDispatchsWords(err error) string { return dispatchTypes.Replace(err.Error()) }
