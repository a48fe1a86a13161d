package sink

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// The formats. The first three are Dispatch's, which predate CloudEvents 1.0 and exclude each other and it.
const (
	FormatDispatch   = "dispatch"         // Dispatch Solo's event API, CloudEvents 0.1
	FormatSidecar    = "dispatch-sidecar" // Dispatch 0.1.19 to 0.1.24 on Kubernetes, CloudEvents 0.1
	FormatDraft      = "dispatch-draft"   // Dispatch up to 0.1.18, the draft before CloudEvents 0.1
	FormatStructured = "structured"       // CloudEvents 1.0, HTTP protocol binding
	FormatBinary     = "binary"
	FormatBatch      = "batch"
)

// Formats lists all.
func Formats() []string {
	return []string{FormatDispatch, FormatSidecar, FormatDraft, FormatStructured, FormatBinary, FormatBatch}
}

// dialect is how a receiver wants events written.
type dialect struct {
	name        string
	contentType string
	// one writes one event after dst, or sets headers for it.
	one func(dst []byte, e *event.Event, header http.Header) []byte
	// join tells, given how many events there are, whether they stand in an array; nil where a request holds one event.
	join func(n int) bool
}

func dialectOf(o Options) (dialect, error) {
	always := func(int) bool { return true }
	several := func(n int) bool { return n > 1 }
	draft := draftEncoder{namespace: o.Namespace, sourceID: o.SourceID}
	all := []dialect{
		{name: FormatDispatch, contentType: "application/json", one: appendDispatch},
		{name: FormatSidecar, contentType: "application/json", one: appendDispatch, join: several},
		{name: FormatDraft, contentType: "application/json", one: draft.append, join: several},
		{name: FormatStructured, contentType: "application/cloudevents+json", one: appendStructured},
		{name: FormatBinary, one: appendBinary},
		{name: FormatBatch, contentType: "application/cloudevents-batch+json", one: appendStructured, join: always},
	}
	i := slices.IndexFunc(all, func(d dialect) bool { return d.name == o.Format })
	if i < 0 {
		return dialect{}, fmt.Errorf("format is %q: accepted are %s", o.Format, strings.Join(Formats(), ", "))
	}
	return all[i], nil
}

var errOneEvent = errors.New("this format holds one event a request")

func (d *dialect) encode(events []*event.Event, header http.Header) ([]byte, error) {
	size := 2
	for _, e := range events {
		size += len(e.Data) + 512
	}
	body := make([]byte, 0, size)
	array := d.join != nil && d.join(len(events))
	if len(events) != 1 && !array {
		return nil, errOneEvent
	}
	for i, e := range events {
		if array {
			body = append(body, "[,"[min(i, 1)])
		}
		body = d.one(body, e, header)
	}
	if array {
		body = append(body, ']')
	}
	return body, nil
}
