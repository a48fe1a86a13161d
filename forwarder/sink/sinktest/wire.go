package sinktest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// cloudEvent is CloudEvents 0.1 as Dispatch reads it: encoding/json's own leniency is part of the contract.
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

// draftEvent is the draft before it: kebab-case names, and data is a string.
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
	maxSourceType    = 32
	maxSourceID      = 64
)

var eventTypeRegexp = regexp.MustCompile(eventTypePattern)

// invalid collects what Dispatch's validator finds wrong, in its words; a field is reported once.
type invalid []string

func (v *invalid) check(field, tag string, ok bool) bool {
	if !ok {
		*v = append(*v, "Key: 'CloudEvent."+field+"' Error:Field validation for '"+field+"' failed on the '"+tag+"' tag")
	}
	return ok
}

func (v *invalid) text(field, value string, most int) bool {
	return v.check(field, "required", value != "") &&
		(most == 0 || v.check(field, "max", utf8.RuneCountInString(value) <= most))
}

func (v *invalid) eventType(value string) {
	if v.text("EventType", value, maxEventType) {
		v.check("EventType", "eventtype", eventTypeRegexp.MatchString(value))
	}
}

func (v *invalid) optional(schemaURL string, extensions map[string]any) {
	if schemaURL != "" {
		whole, _, _ := strings.Cut(schemaURL, "#")
		_, err := url.ParseRequestURI(whole)
		v.check("SchemaURL", "uri", err == nil)
	}
	v.check("Extensions", "min", extensions == nil || len(extensions) > 0)
}

func (v *invalid) String() string { return strings.Join(*v, "\n") }

func (e cloudEvent) invalid() string {
	var v invalid
	v.eventType(e.EventType)
	v.check("CloudEventsVersion", "eq", e.CloudEventsVersion == "0.1")
	v.text("Source", e.Source, 0)
	v.text("EventID", e.EventID, 0)
	v.optional(e.SchemaURL, e.Extensions)
	return v.String()
}

func (e draftEvent) invalid() string {
	var v invalid
	v.text("Namespace", e.Namespace, 0)
	v.eventType(e.EventType)
	v.check("CloudEventsVersion", "eq", e.CloudEventsVersion == "0.1")
	v.text("SourceType", e.SourceType, maxSourceType)
	v.text("SourceID", e.SourceID, maxSourceID)
	v.text("EventID", e.EventID, 0)
	v.optional(e.SchemaURL, e.Extensions)
	return v.String()
}

func (e cloudEvent) id() string { return e.EventID }
func (e draftEvent) id() string { return e.EventID }

func (e cloudEvent) received() Received {
	return Received{
		ID: e.EventID, Type: e.EventType, Source: e.Source, Subject: subject(e.Extensions), Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: e.Data,
	}
}

func (e draftEvent) received() Received {
	return Received{
		ID: e.EventID, Type: e.EventType, Source: e.SourceID, Subject: subject(e.Extensions), Time: e.EventTime,
		ContentType: e.ContentType, Extensions: e.Extensions, Data: []byte(e.Data),
		Namespace: e.Namespace, SourceType: e.SourceType,
	}
}

func subject(extensions map[string]any) string {
	s, _ := extensions["subject"].(string)
	return s
}
