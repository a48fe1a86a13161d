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
	"slices"
	"strings"
	"unicode/utf8"
)

const ingestPath = "/v1/event/ingest"

// emission is what Solo reads: a CloudEvents 0.1 event and Dispatch's own fields.
type emission struct {
	cloudEvent
	EmittedTime int64             `json:"emitted-time,omitempty"`
	ID          string            `json:"id,omitempty"`
	Tags        []json.RawMessage `json:"tags,omitempty"`
}

// go-openapi's codes of a field that is wrong; each is answered with status 422.
const (
	codeRequired = 602
	codeTooLong  = 603
	codePattern  = 605
)

// solo checks in the real server's order: path, credentials, media type, parameters, body, fields, token, event.
func (r *Receiver) solo(req *http.Request, body []byte, pub publish) answer {
	if refused := soloRequest(req, len(body)); refused != nil {
		return *refused
	}
	token := req.URL.Query().Get("authToken")
	if token == "" {
		return soloError(codeRequired, "authToken in query is required")
	}
	var e emission
	switch err := json.NewDecoder(bytes.NewReader(body)).Decode(&e); {
	case errors.Is(err, io.EOF):
		return soloError(codeRequired, "body in body is required")
	case err != nil:
		return soloError(http.StatusBadRequest, `parsing body body from "" failed, because `+inDispatchsWords(err))
	}
	if code, why := e.field(); code != 0 {
		return soloError(code, why)
	}
	if len(r.tokens) > 0 && !slices.Contains(r.tokens, token) {
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

func soloRequest(req *http.Request, size int) *answer {
	var a answer
	switch {
	case !ofEvents(req.URL.Path):
		a = soloError(http.StatusNotFound, "resource does not exist")
	case path.Clean(req.URL.Path) != ingestPath:
		a = soloError(http.StatusNotFound, fmt.Sprintf("path %s was not found", req.URL.EscapedPath()))
	case req.Header.Get("Cookie") == "" && req.Header.Get("Authorization") == "":
		a = soloError(http.StatusUnauthorized, "unauthenticated for invalid credentials")
	case size == 0: // without a body go-openapi looks at no media type
		return nil
	case mediaType(req) != "application/json":
		a = soloError(http.StatusUnsupportedMediaType,
			fmt.Sprintf("unsupported media type %q, only [application/json] are allowed", mediaType(req)))
	default:
		return nil
	}
	return &a
}

// ofEvents tells whether a path is the event service's, which says itself what it has not. Solo puts several behind one
// address.
func ofEvents(path string) bool {
	parts := strings.SplitN(path, "/", 4)
	return len(parts) > 2 && parts[1] == "v1" && (parts[2] == "event" || parts[2] == "events")
}

func mediaType(req *http.Request) string {
	t, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) // the forwarder sends none that cannot be read
	return t
}

// field is the first field that the API's schema refuses. A missing eventID gets past it and fails at the event's own
// check.
func (e emission) field() (code int, why string) {
	switch {
	case e.CloudEventsVersion == "":
		return codeRequired, "cloudEventsVersion in body is required"
	case e.EventType == "":
		return codeRequired, "eventType in body is required"
	case utf8.RuneCountInString(e.EventType) > maxEventType:
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
