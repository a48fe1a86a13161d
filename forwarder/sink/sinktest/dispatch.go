package sinktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
)

// sidecar publishes event by event and stops at the first that is not valid: the events before it are already
// published.
func sidecar[E dispatchEvent](body []byte, pub publish) answer {
	events, err := parseEvents[E](body)
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

// parseEvents reads an array, an object, or objects one after another, as the sidecar does: the first byte decides, so
// an array after a space is not read as an array, and everything after an array is ignored.
func parseEvents[E dispatchEvent](body []byte) (events []E, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	switch {
	case len(body) == 0:
		return nil, io.EOF
	case body[0] == '[':
		err := dec.Decode(&events)
		return events, err
	}
	for {
		var e E
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return events, nil
		} else if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
}

// The errors of encoding/json name Go types, which have other names in the real servers.
var dispatchTypes = strings.NewReplacer(
	"sinktest.emission", "v1.Emission", "field emission.cloudEvent.", "field Emission.", "field emission.",
	"field Emission.",
	"sinktest.cloudEvent", "events.CloudEvent", "field cloudEvent.", "field CloudEvent.",
	"sinktest.draftEvent", "events.CloudEvent", "field draftEvent.", "field CloudEvent.",
	"Go value of type map[string]interface {}", "Go value of type events.CloudEventExtensions",
)

func inDispatchsWords(err error) string { return dispatchTypes.Replace(err.Error()) }

// emission is what Solo reads: a CloudEvents 0.1 event and Dispatch's own fields.
type emission struct {
	cloudEvent
	EmittedTime int64             `json:"emitted-time,omitempty"`
	ID          string            `json:"id,omitempty"`
	Tags        []json.RawMessage `json:"tags,omitempty"`
}

// go-openapi's codes for a wrong field; each is answered with status 422.
const (
	codeRequired = 602
	codeTooLong  = 603
	codePattern  = 605
)

// solo checks in the real server's order: path, credentials, media type, parameters, body, fields, token, event.
func solo(req *http.Request, body []byte, known string, pub publish) answer {
	if code, why := refusedRequest(req, len(body)); code != 0 {
		return soloError(code, why)
	}
	var e emission
	switch err := json.NewDecoder(bytes.NewReader(body)).Decode(&e); {
	case errors.Is(err, io.EOF):
		return soloError(codeRequired, "body in body is required")
	case err != nil:
		return soloError(http.StatusBadRequest, `parsing body body from "" failed, because `+inDispatchsWords(err))
	}
	if code, why := refusedField(e); code != 0 {
		return soloError(code, why)
	}
	if known != "" && req.URL.Query().Get("authToken") != known {
		return soloError(http.StatusUnauthorized, "token not recognized") //nolint:misspell // the real server's words
	}
	if why := e.invalid(); why != "" {
		return soloError(http.StatusBadRequest, "Error validating event: "+why)
	}
	if err := pub(e.received()); err != nil {
		return soloError(http.StatusInternalServerError, "internal server error when emitting an event")
	}
	return soloJSON(http.StatusOK, e)
}

// refusedRequest returns the code with which Solo refuses a request because of its path, credentials, media type or
// parameters, or 0 if it accepts them. go-openapi checks the media type only if there is a body. Paths outside
// /v1/event belong to another service.
func refusedRequest(req *http.Request, size int) (code int, why string) {
	parts := strings.SplitN(req.URL.Path, "/", 4)
	isOfEvents := len(parts) > 2 && parts[1] == "v1" && (parts[2] == "event" || parts[2] == "events")
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) // the forwarder's can always be parsed
	switch {
	case !isOfEvents:
		return http.StatusNotFound, "resource does not exist"
	case path.Clean(req.URL.Path) != "/v1/event/ingest":
		return http.StatusNotFound, fmt.Sprintf("path %s was not found", req.URL.EscapedPath())
	case req.Header.Get("Cookie") == "" && req.Header.Get("Authorization") == "":
		return http.StatusUnauthorized, "unauthenticated for invalid credentials"
	case size > 0 && media != "application/json":
		return http.StatusUnsupportedMediaType,
			fmt.Sprintf("unsupported media type %q, only [application/json] are allowed", media)
	case req.URL.Query().Get("authToken") == "":
		return codeRequired, "authToken in query is required"
	}
	return 0, ""
}

// refusedField returns the code and the reason for the first field that the API's schema refuses. The schema accepts a
// missing eventID, which the later check of the event refuses.
func refusedField(e emission) (code int, why string) {
	switch {
	case e.CloudEventsVersion == "":
		return codeRequired, "cloudEventsVersion in body is required"
	case e.EventType == "":
		return codeRequired, "eventType in body is required"
	case isLonger(e.EventType, maxEventType):
		return codeTooLong, fmt.Sprintf("eventType in body should be at most %d chars long", maxEventType)
	case !eventTypeRegexp.MatchString(e.EventType):
		return codePattern, "eventType in body should match '" + eventTypePattern + "'"
	case e.Source == "":
		return codeRequired, "source in body is required"
	}
	return 0, ""
}

func soloError(code int, message string) answer {
	status := code
	if code >= 600 {
		status = http.StatusUnprocessableEntity
	}
	a := soloJSON(status, struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{code, message})
	a.reason = message
	return a
}

func soloJSON(status int, v any) answer {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return text(http.StatusInternalServerError, err.Error())
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: b.Bytes()}
}
