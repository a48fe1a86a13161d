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
// published. The body is an array, or objects one after another: the first byte decides, so an array after a space is
// not read as an array.
func sidecar[E cloudEvent | draftEvent](body []byte, pub publish) answer {
	var events []E
	var err error
	parser := json.NewDecoder(bytes.NewReader(body))
	if bytes.HasPrefix(body, []byte("[")) {
		err = parser.Decode(&events)
	} else {
		for err == nil && parser.More() {
			var e E
			err = parser.Decode(&e)
			events = append(events, e)
		}
	}
	if err != nil {
		return text(http.StatusBadRequest, "Error parsing input: "+dispatchTypes.Replace(err.Error()))
	}
	if len(events) == 0 {
		return text(http.StatusBadRequest, "No events parsed")
	}
	for _, e := range events {
		event := cloudEvent(e)
		_, isDraft := any(e).(draftEvent)
		if why := event.invalid(isDraft); why != "" {
			return text(http.StatusBadRequest, fmt.Sprintf("Error validating event with ID %s: %s", event.EventID, why))
		}
		if err := pub(event.received()); err != nil {
			return text(http.StatusInternalServerError,
				fmt.Sprintf("Error publishing event with ID %s: %s", event.EventID, err))
		}
	}
	return answer{status: http.StatusCreated}
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
	credentials := req.Header.Get("Cookie") + req.Header.Get("Authorization")
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) // the forwarder's can always be parsed
	token := req.URL.Query().Get("authToken")
	var e emission
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&e)
	syntax := dispatchTypes.Replace(fmt.Sprint(err))
	event := cloudEvent(e)
	why := event.invalid(false)
	for _, check := range []struct {
		isWrong bool
		code    int
		message string
	}{
		{path.Clean(req.URL.Path) != "/v1/event/ingest", http.StatusNotFound, "resource does not exist"},
		{credentials == "", http.StatusUnauthorized, "unauthenticated for invalid credentials"},
		{
			len(body) > 0 && media != "application/json", http.StatusUnsupportedMediaType,
			fmt.Sprintf("unsupported media type %q, only [application/json] are allowed", media),
		},
		{token == "", codeRequired, "authToken in query is required"},
		{errors.Is(err, io.EOF), codeRequired, "body in body is required"},
		{err != nil, http.StatusBadRequest, `parsing body body from "" failed, because ` + syntax},
		{e.CloudEventsVersion == "", codeRequired, "cloudEventsVersion in body is required"},
		{e.EventType == "", codeRequired, "eventType in body is required"},
		{isLonger(e.EventType, maxEventType), codeTooLong, "eventType in body should be at most 128 chars long"},
		{!eventTypes.MatchString(e.EventType), codePattern, "eventType in body should match '" + eventTypes.String() + "'"},
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
	a := soloJSON(code, map[string]any{"code": code, "message": message})
	a.reason = message
	if code >= codeRequired {
		a.status = http.StatusUnprocessableEntity
	}
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
	Text               string          `json:"-"` // the draft's Data
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

const maxEventType = 128

var eventTypes = regexp.MustCompile(`^[\w\d\-\.]+$`)

// invalid returns what Dispatch's validator would report, in its words; each field is reported once.
func (e cloudEvent) invalid(isDraft bool) string {
	source := "Source"
	if isDraft {
		source = "SourceID"
	}
	var wrong []string
	last := ""
	for _, rule := range []struct {
		field, tag string
		isBroken   bool
	}{
		{"Namespace", "required", isDraft && e.Namespace == ""},
		{"SourceType", "required", isDraft && e.SourceType == ""},
		{"SourceType", "max", isDraft && isLonger(e.SourceType, 32)},
		{"SourceID", "max", isDraft && isLonger(e.Source, 64)},
		{"EventType", "required", e.EventType == ""},
		{"EventType", "max", isLonger(e.EventType, maxEventType)},
		{"EventType", "eventtype", !eventTypes.MatchString(e.EventType)},
		{"CloudEventsVersion", "eq", e.CloudEventsVersion != "0.1"},
		{source, "required", e.Source == ""},
		{"EventID", "required", e.EventID == ""},
		{"Extensions", "min", e.Extensions != nil && len(e.Extensions) == 0},
	} {
		if rule.isBroken && rule.field != last {
			last = rule.field
			wrong = append(wrong, "Key: 'CloudEvent."+rule.field+"' Error:Field validation for '"+rule.field+
				"' failed on the '"+rule.tag+"' tag")
		}
	}
	return strings.Join(wrong, "\n")
}

func isLonger(text string, characters int) bool { return utf8.RuneCountInString(text) > characters }

func (e cloudEvent) received() Record {
	subject, _ := e.Extensions["subject"].(string)
	return Record{
		ID: e.EventID, Type: e.EventType, Source: e.Source, Subject: subject, Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: append(e.Data, e.Text...),
	}
}
