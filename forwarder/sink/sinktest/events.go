package sinktest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// dispatchEvent is an event in one of Dispatch's dialects.
type dispatchEvent interface {
	id() string
	invalid() string
	received() Record
}

// cloudEvent is CloudEvents 0.1 as Dispatch reads it: what encoding/json tolerates is part of the contract.
type cloudEvent struct {
	EventType          string          `json:"eventType"`
	EventTypeVersion   string          `json:"eventTypeVersion,omitempty"`
	CloudEventsVersion string          `json:"cloudEventsVersion"`
	Source             string          `json:"source"`
	EventID            string          `json:"eventID"`
	EventTime          time.Time       `json:"eventTime,omitzero"`
	SchemaURL          string          `json:"schemaURL,omitempty"`
	ContentType        string          `json:"contentType,omitempty"`
	Extensions         map[string]any  `json:"extensions,omitempty"`
	Data               json.RawMessage `json:"data,omitempty"`
}

// draftEvent is an event of the draft before CloudEvents 0.1: it has kebab-case names, and data is a string.
type draftEvent struct {
	Namespace          string         `json:"namespace"`
	EventType          string         `json:"event-type"`
	EventTypeVersion   string         `json:"event-type-version,omitempty"`
	CloudEventsVersion string         `json:"cloud-events-version"`
	SourceType         string         `json:"source-type"`
	SourceID           string         `json:"source-id"`
	EventID            string         `json:"event-id"`
	EventTime          time.Time      `json:"event-time,omitzero"`
	SchemaURL          string         `json:"schema-url,omitempty"`
	ContentType        string         `json:"content-type,omitempty"`
	Extensions         map[string]any `json:"extensions,omitempty"`
	Data               string         `json:"data"`
}

const (
	eventTypePattern = `^[\w\d\-\.]+$`
	maxEventType     = 128
)

var eventTypeRegexp = regexp.MustCompile(eventTypePattern)

func (e cloudEvent) id() string { return e.EventID }
func (e draftEvent) id() string { return e.EventID }

func (e cloudEvent) invalid() string {
	return violations(
		rule{"EventType", "required", e.EventType != ""},
		rule{"EventType", "max", !isLonger(e.EventType, maxEventType)},
		rule{"EventType", "eventtype", eventTypeRegexp.MatchString(e.EventType)},
		rule{"CloudEventsVersion", "eq", e.CloudEventsVersion == "0.1"},
		rule{"Source", "required", e.Source != ""},
		rule{"EventID", "required", e.EventID != ""},
		rule{"SchemaURL", "uri", e.SchemaURL == "" || isURI(e.SchemaURL)},
		rule{"Extensions", "min", e.Extensions == nil || len(e.Extensions) > 0},
	)
}

func (e draftEvent) invalid() string {
	return violations(
		rule{"Namespace", "required", e.Namespace != ""},
		rule{"EventType", "required", e.EventType != ""},
		rule{"EventType", "max", !isLonger(e.EventType, maxEventType)},
		rule{"EventType", "eventtype", eventTypeRegexp.MatchString(e.EventType)},
		rule{"CloudEventsVersion", "eq", e.CloudEventsVersion == "0.1"},
		rule{"SourceType", "required", e.SourceType != ""},
		rule{"SourceType", "max", !isLonger(e.SourceType, 32)},
		rule{"SourceID", "required", e.SourceID != ""},
		rule{"SourceID", "max", !isLonger(e.SourceID, 64)},
		rule{"EventID", "required", e.EventID != ""},
		rule{"SchemaURL", "uri", e.SchemaURL == "" || isURI(e.SchemaURL)},
		rule{"Extensions", "min", e.Extensions == nil || len(e.Extensions) > 0},
	)
}

// rule is a rule of Dispatch's validator for one field, and whether the event satisfies it.
type rule struct {
	field, tag string
	isKept     bool
}

// violations returns what Dispatch's validator would report, in its words; each field is reported once.
func violations(rules ...rule) string {
	var wrong []string
	last := ""
	for _, r := range rules {
		if !r.isKept && r.field != last {
			last = r.field
			wrong = append(wrong,
				"Key: 'CloudEvent."+r.field+"' Error:Field validation for '"+r.field+"' failed on the '"+r.tag+"' tag")
		}
	}
	return strings.Join(wrong, "\n")
}

func isLonger(text string, characters int) bool { return utf8.RuneCountInString(text) > characters }

func isURI(text string) bool {
	whole, _, _ := strings.Cut(text, "#")
	_, err := url.ParseRequestURI(whole)
	return err == nil
}

func (e cloudEvent) received() Record {
	return Record{
		ID: e.EventID, Type: e.EventType, Source: e.Source, Subject: subject(e.Extensions), Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: e.Data,
	}
}

func (e draftEvent) received() Record {
	return Record{
		ID: e.EventID, Type: e.EventType, Source: e.SourceID, Subject: subject(e.Extensions), Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: []byte(e.Data),
	}
}

func subject(extensions map[string]any) string {
	s, _ := extensions["subject"].(string)
	return s
}
