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
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// sidecar publishes event by event and stops at the first that is not valid: the events before it are already
// published.
func sidecar[E dispatchEvent](body []byte, pub publish) answer {
	events, err := parseEvents[E](body)
	if err != nil {
		return text(http.StatusBadRequest, "Error parsing input: "+dispatchTypes.Replace(err.Error()))
	}
	if len(events) == 0 {
		return text(http.StatusBadRequest, "No events parsed")
	}
	for _, e := range events {
		event := e.common()
		if why := e.invalid(); why != "" {
			return text(http.StatusBadRequest, fmt.Sprintf("Error validating event with ID %s: %s", event.EventID, why))
		}
		if err := pub(event.received()); err != nil {
			return text(http.StatusInternalServerError,
				fmt.Sprintf("Error publishing event with ID %s: %s", event.EventID, err))
		}
	}
	return answer{status: http.StatusCreated}
}

// parseEvents reads an array, or objects one after another, as the sidecar does: the first byte decides, so an array
// after a space is not read as an array.
func parseEvents[E any](body []byte) (events []E, err error) {
	parser := json.NewDecoder(bytes.NewReader(body))
	if bytes.HasPrefix(body, []byte("[")) {
		err = parser.Decode(&events)
		return events, err
	}
	for parser.More() {
		var e E
		if err := parser.Decode(&e); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// The errors of encoding/json name Go types, which have other names in the real servers.
var dispatchTypes = strings.NewReplacer(
	"sinktest.emission", "v1.Emission", "field emission.", "field Emission.",
	"sinktest.cloudEvent", "events.CloudEvent", "field cloudEvent.", "field CloudEvent.",
	"sinktest.draftEvent", "events.CloudEvent", "field draftEvent.", "field CloudEvent.",
	"Go value of type map[string]interface {}", "Go value of type events.CloudEventExtensions",
)

// emission is what Solo reads. The real one also has fields of Dispatch's own, which the forwarder does not send.
type emission cloudEvent

// go-openapi's codes for a wrong field; each is answered with status 422.
const (
	codeRequired = 602
	codeTooLong  = 603
	codePattern  = 605
)

// solo checks in the real server's order: path, credentials, media type, parameters, body, fields, token, event. Like
// go-openapi, it checks the media type only if there is a body. The schema of the fields accepts a missing eventID,
// which the later check of the event refuses.
func solo(req *http.Request, body []byte, known string, pub publish) answer {
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) // the forwarder's can always be parsed
	token := req.URL.Query().Get("authToken")
	var e emission
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&e)
	event := cloudEvent(e)
	why := event.invalid()
	for _, check := range []struct {
		isWrong bool
		code    int
		message string
	}{
		{path.Clean(req.URL.Path) != "/v1/event/ingest", http.StatusNotFound, "resource does not exist"},
		{
			req.Header.Get("Cookie")+req.Header.Get("Authorization") == "", http.StatusUnauthorized,
			"unauthenticated for invalid credentials",
		},
		{
			len(body) > 0 && media != "application/json", http.StatusUnsupportedMediaType,
			fmt.Sprintf("unsupported media type %q, only [application/json] are allowed", media),
		},
		{token == "", codeRequired, "authToken in query is required"},
		{errors.Is(err, io.EOF), codeRequired, "body in body is required"},
		{
			err != nil, http.StatusBadRequest,
			`parsing body body from "" failed, because ` + dispatchTypes.Replace(fmt.Sprint(err)),
		},
		{e.CloudEventsVersion == "", codeRequired, "cloudEventsVersion in body is required"},
		{e.EventType == "", codeRequired, "eventType in body is required"},
		{
			isLonger(e.EventType, maxEventType), codeTooLong,
			fmt.Sprintf("eventType in body should be at most %d chars long", maxEventType),
		},
		{
			!eventTypeRegexp.MatchString(e.EventType), codePattern,
			"eventType in body should match '" + eventTypePattern + "'",
		},
		{e.Source == "", codeRequired, "source in body is required"},
		{known != "" && token != known, http.StatusUnauthorized, "token not recognized"}, //nolint:misspell // its words
		{why != "", http.StatusBadRequest, "Error validating event: " + why},
	} {
		if check.isWrong {
			return soloError(check.code, check.message)
		}
	}
	if err := pub(event.received()); err != nil {
		return soloError(http.StatusInternalServerError, "internal server error when emitting an event")
	}
	return soloJSON(http.StatusOK, e)
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
	_ = json.NewEncoder(&b).Encode(v) // what was decoded can be encoded
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: b.Bytes()}
}

// cloudEvent is CloudEvents 0.1 as Dispatch reads it: what encoding/json tolerates is part of the contract. The fields
// without a name in JSON are those of the draft.
type cloudEvent struct {
	Namespace          string          `json:"-"`
	EventType          string          `json:"eventType"`
	CloudEventsVersion string          `json:"cloudEventsVersion"`
	SourceType         string          `json:"-"`
	Source             string          `json:"source"`
	EventID            string          `json:"eventID"`
	EventTime          time.Time       `json:"eventTime,omitzero"`
	ContentType        string          `json:"contentType,omitempty"`
	Extensions         map[string]any  `json:"extensions,omitempty"`
	Data               json.RawMessage `json:"data,omitempty"`
	Text               string          `json:"-"`
}

// draftEvent is an event of the draft before CloudEvents 0.1: it has kebab-case names, and data is a string. Its fields
// are those of cloudEvent, so that it can be converted.
type draftEvent struct {
	Namespace          string          `json:"namespace"`
	EventType          string          `json:"event-type"`
	CloudEventsVersion string          `json:"cloud-events-version"`
	SourceType         string          `json:"source-type"`
	Source             string          `json:"source-id"`
	EventID            string          `json:"event-id"`
	EventTime          time.Time       `json:"event-time"`
	ContentType        string          `json:"content-type"`
	Extensions         map[string]any  `json:"extensions"`
	Data               json.RawMessage `json:"-"`
	Text               string          `json:"data"`
}

const (
	eventTypePattern = `^[\w\d\-\.]+$`
	maxEventType     = 128
)

var eventTypeRegexp = regexp.MustCompile(eventTypePattern)

// dispatchEvent is an event in one of Dispatch's dialects.
type dispatchEvent interface {
	common() cloudEvent
	invalid() string
}

func (e cloudEvent) common() cloudEvent { return e }

func (e draftEvent) common() cloudEvent {
	e.Data = json.RawMessage(e.Text)
	return cloudEvent(e)
}

func (e cloudEvent) invalid() string { return violations(e.rules("Source")) }

func (e draftEvent) invalid() string {
	return violations(append([]rule{
		{"Namespace", "required", e.Namespace != ""},
		{"SourceType", "required", e.SourceType != ""},
		{"SourceType", "max", !isLonger(e.SourceType, 32)},
		{"SourceID", "max", !isLonger(e.Source, 64)},
	}, e.common().rules("SourceID")...))
}

// rule is a rule of Dispatch's validator for one field, and whether the event satisfies it.
type rule struct {
	field, tag  string
	isSatisfied bool
}

// rules returns the rules that both versions have; source is the name of the field for the source.
func (e cloudEvent) rules(source string) []rule {
	return []rule{
		{"EventType", "required", e.EventType != ""},
		{"EventType", "max", !isLonger(e.EventType, maxEventType)},
		{"EventType", "eventtype", eventTypeRegexp.MatchString(e.EventType)},
		{"CloudEventsVersion", "eq", e.CloudEventsVersion == "0.1"},
		{source, "required", e.Source != ""},
		{"EventID", "required", e.EventID != ""},
		{"Extensions", "min", e.Extensions == nil || len(e.Extensions) > 0},
	}
}

// violations returns what Dispatch's validator would report, in its words; each field is reported once.
func violations(rules []rule) string {
	var wrong []string
	last := ""
	for _, r := range rules {
		if !r.isSatisfied && r.field != last {
			last = r.field
			wrong = append(wrong,
				"Key: 'CloudEvent."+r.field+"' Error:Field validation for '"+r.field+"' failed on the '"+r.tag+"' tag")
		}
	}
	return strings.Join(wrong, "\n")
}

func isLonger(text string, characters int) bool { return utf8.RuneCountInString(text) > characters }

func (e cloudEvent) received() Record {
	subject, _ := e.Extensions["subject"].(string)
	return Record{
		ID: e.EventID, Type: e.EventType, Source: e.Source, Subject: subject, Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: e.Data,
	}
}
