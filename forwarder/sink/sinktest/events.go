package sinktest

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

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
	field, tag string
	isKept     bool
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
		if !r.isKept && r.field != last {
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
