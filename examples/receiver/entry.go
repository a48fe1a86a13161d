package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// entry is one thing that happened, as it is shown on the page and printed for people or programs.
type entry struct {
	Seq     int       `json:"seq,omitempty"`
	Kind    string    `json:"kind"` // ready, event or rejected
	At      time.Time `json:"at,omitzero"`
	URL     string    `json:"url,omitempty"`     // of ready
	Dialect string    `json:"dialect,omitempty"` // of ready
	ID      string    `json:"id,omitempty"`
	Type    string    `json:"type,omitempty"`
	Source  string    `json:"source,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Time    time.Time `json:"time,omitzero"` // when it happened, according to the event
	Mode    string    `json:"mode,omitempty"`
	Copy    int       `json:"copy,omitempty"`   // how many events with this id came before
	Data    string    `json:"data,omitempty"`   // for people to read: JSON is indented, its numbers are unchanged
	Status  int       `json:"status,omitempty"` // of rejected; 0 means no answer at all
	Reason  string    `json:"reason,omitempty"`
}

func entryOf(r sinktest.Record) entry {
	if r.Refused {
		return entry{Seq: r.Seq, Kind: "rejected", At: r.At, Status: r.Status, Reason: r.Reason}
	}
	subject := r.Subject
	if subject == "" {
		subject = about(r.Data)
	}
	data := string(r.Data)
	var readable bytes.Buffer
	if json.Indent(&readable, r.Data, "", "  ") == nil {
		data = readable.String()
	}
	return entry{
		Seq: r.Seq, Kind: "event", At: r.At, ID: r.ID, Type: r.Type, Source: r.Source, Subject: subject, Time: r.Time,
		Mode: r.Mode, Copy: r.Copy, Data: data,
	}
}

// about returns what an AWS event is about, for which Dispatch's dialects have no attribute: the object, otherwise the
// resource.
func about(data []byte) string {
	var aws struct {
		Resources []string `json:"resources"`
		Detail    struct {
			Object     struct{ Key string } `json:"object"`
			Parameters struct{ Key string } `json:"requestParameters"`
		} `json:"detail"`
	}
	if json.Unmarshal(data, &aws) != nil {
		return ""
	}
	for _, found := range append([]string{aws.Detail.Object.Key, aws.Detail.Parameters.Key}, aws.Resources...) {
		if found != "" {
			return found
		}
	}
	return ""
}

// printer writes a line for each entry.
func printer(w io.Writer, asJSON bool) func(entry) {
	return func(e entry) {
		line := e.line()
		if asJSON {
			text, _ := json.Marshal(e) // texts and numbers never fail
			line = string(terminal.JSON(text))
		}
		_, _ = fmt.Fprintln(w, line) // nothing can be done if nobody reads it
	}
}

// line returns the entry as one line for people. Control characters are replaced, so that the sender of an event cannot
// control the terminal.
func (e entry) line() string {
	at := e.At.Format("15:04:05.000")
	plain := terminal.Line
	switch {
	case e.Kind == "ready":
		return fmt.Sprintf("%s receiver at %s (page and events)", e.Dialect, e.URL)
	case e.Kind == "rejected" && e.Status == http.StatusOK:
		return fmt.Sprintf("%s  %s", at, plain(e.Reason))
	case e.Kind == "rejected" && e.Status == 0:
		return fmt.Sprintf("%s  refused without an answer  %s", at, plain(e.Reason))
	case e.Kind == "rejected":
		return fmt.Sprintf("%s  refused %d  %s", at, e.Status, plain(e.Reason))
	}
	line := fmt.Sprintf("%s  %-20s  %-40s  %s", at, plain(e.Type), plain(e.Subject), plain(e.ID))
	if e.Copy > 0 {
		line += fmt.Sprintf("  (copy %d)", e.Copy)
	}
	return line
}
