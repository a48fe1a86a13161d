package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// The formats. The first three are Dispatch's. They are older than CloudEvents 1.0, and a server that reads one of them
// reads neither the other two nor CloudEvents 1.0.
const (
	FormatDispatch   = "dispatch"         // Dispatch Solo's event API, CloudEvents 0.1
	FormatSidecar    = "dispatch-sidecar" // Dispatch 0.1.19 to 0.1.24 on Kubernetes, CloudEvents 0.1
	FormatDraft      = "dispatch-draft"   // Dispatch up to 0.1.18, the draft before CloudEvents 0.1
	FormatStructured = "structured"       // CloudEvents 1.0, HTTP protocol binding
	FormatBinary     = "binary"
	FormatBatch      = "batch"
)

// Formats returns all formats.
func Formats() []string {
	return []string{FormatDispatch, FormatSidecar, FormatDraft, FormatStructured, FormatBinary, FormatBatch}
}

// setHeader sets a header of one request.
type setHeader = func(name, value string)

// dialect is how events are written for a receiver.
type dialect struct {
	name        string
	contentType string
	// one appends an event to dst up to its data, or sets headers for it. The data that it returns are sent after that,
	// unchanged.
	one   func(dst []byte, e *event.Event, header setHeader) (head, data []byte, err error)
	end   string // written after an event's data
	array int    // so many events, or more, are written as an array; 0 if a request can contain only one event
}

func dialectOf(o Options) (dialect, error) {
	draft := draftEncoder{namespace: o.Namespace, sourceID: o.SourceID}
	all := []dialect{
		{name: FormatDispatch, contentType: "application/json", one: appendDispatch, end: "}"},
		{name: FormatSidecar, contentType: "application/json", one: appendDispatch, end: "}", array: 2},
		{name: FormatDraft, contentType: "application/json", one: draft.append, end: "}", array: 2},
		{name: FormatStructured, contentType: "application/cloudevents+json", one: appendStructured, end: "}"},
		{name: FormatBinary, one: appendBinary},
		{name: FormatBatch, contentType: "application/cloudevents-batch+json", one: appendStructured, end: "}", array: 1},
	}
	i := slices.IndexFunc(all, func(d dialect) bool { return d.name == o.Format })
	if i < 0 {
		return dialect{}, fmt.Errorf("format is %q: accepted are %s", o.Format, strings.Join(Formats(), ", "))
	}
	return all[i], nil
}

var errOneEvent = errors.New("a request in this format can contain only one event")

// uncopied is the size from which data are not copied into the request's text but added to it as a separate piece. For
// smaller data a copy costs less.
const uncopied = 16 << 10

func (d *dialect) encode(events []*event.Event, header setHeader) (body, error) {
	array := d.array > 0 && len(events) >= d.array
	if len(events) != 1 && !array {
		return body{}, errOneEvent
	}
	size := 2
	for _, e := range events {
		size += 384
		if len(e.Data) < uncopied {
			size += len(e.Data)
		}
	}
	var b body
	text := make([]byte, 0, size)
	for i, e := range events {
		if array {
			text = append(text, "[,"[min(i, 1)])
		}
		var data []byte
		var err error
		if text, data, err = d.one(text, e, header); err != nil {
			return body{}, err
		}
		if len(data) < uncopied {
			text = append(text, data...)
		} else {
			b.add(text)
			b.add(data)
			text = text[len(text):]
		}
		text = append(text, d.end...)
	}
	if array {
		text = append(text, ']')
	}
	b.add(text)
	return b, nil
}

// body is a request's text, in pieces so that large data need not be copied.
type body struct {
	pieces [][]byte
	size   int
}

func (b *body) add(piece []byte) {
	b.pieces = append(b.pieces, piece)
	b.size += len(piece)
}

// reader returns a reader of the whole body, which it does not change.
func (b *body) reader() io.ReadCloser {
	if len(b.pieces) == 1 {
		return io.NopCloser(bytes.NewReader(b.pieces[0]))
	}
	readers := make([]io.Reader, len(b.pieces))
	for i, piece := range b.pieces {
		readers[i] = bytes.NewReader(piece)
	}
	return io.NopCloser(io.MultiReader(readers...))
}
