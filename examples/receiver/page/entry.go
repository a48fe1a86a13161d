package page

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// Entry is a record as the page and other programs get it, as JSON.
type Entry struct {
	sinktest.Record
	Kind string `json:"kind"`           // event or rejected
	Data string `json:"data,omitempty"` // for people to read: JSON is indented, its numbers are unchanged
}

// EntryOf returns the entry for a record.
func EntryOf(r sinktest.Record) Entry {
	r.Subject = Subject(r)
	e := Entry{Record: r, Kind: "event", Data: string(r.Data)}
	if r.Refused {
		e.Kind = "rejected"
	}
	var readable bytes.Buffer
	if json.Indent(&readable, r.Data, "", "  ") == nil {
		e.Data = readable.String()
	}
	return e
}

// Subject returns what an event is about. Dispatch's dialects have no attribute for that, so for an AWS event it is the
// object, otherwise the resource.
func Subject(r sinktest.Record) string {
	var aws struct {
		Resources []string
		Detail    struct {
			Object     struct{ Key string }
			Parameters struct{ Key string } `json:"requestParameters"`
		}
	}
	if json.Unmarshal(r.Data, &aws) != nil {
		return r.Subject
	}
	resource := append(aws.Resources, "")[0]
	return cmp.Or(r.Subject, aws.Detail.Object.Key, aws.Detail.Parameters.Key, resource)
}
