package sink

import (
	"bytes"
	"fmt"
	"io"
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

// setHeader sets a header of one request.
type setHeader = func(name, value string)

// dialect is how a receiver wants events written.
type dialect struct {
	name        string
	contentType string
	// one writes one event after dst, or sets headers for it: all that comes before the data. What it returns as data
	// follows as it is.
	one       func(dst []byte, e *event.Event, header setHeader) (head, data []byte)
	end       string // of an event, after the data
	arrayFrom int    // so many events stand in an array; 0 where a request holds one event
}

func dialectOf(o Options) (dialect, error) {
	draft := draftEncoder{namespace: o.Namespace, sourceID: o.SourceID}
	all := []dialect{
		{name: FormatDispatch, contentType: "application/json", one: appendDispatch, end: "}"},
		{name: FormatSidecar, contentType: "application/json", one: appendDispatch, end: "}", arrayFrom: 2},
		{name: FormatDraft, contentType: "application/json", one: draft.append, end: "}", arrayFrom: 2},
		{name: FormatStructured, contentType: "application/cloudevents+json", one: appendStructured, end: "}"},
		{name: FormatBinary, one: appendBinary},
		{name: FormatBatch, contentType: "application/cloudevents-batch+json", one: appendStructured, end: "}", arrayFrom: 1},
	}
	i := slices.IndexFunc(all, func(d dialect) bool { return d.name == o.Format })
	if i < 0 {
		return dialect{}, fmt.Errorf("format is %q: accepted are %s", o.Format, strings.Join(Formats(), ", "))
	}
	return all[i], nil
}

// uncopied is the size from which data go into a request where they stand: below it a copy costs less than a further
// piece.
const uncopied = 16 << 10

func (d *dialect) encode(events []*event.Event, header setHeader) body {
	array := d.arrayFrom > 0 && len(events) >= d.arrayFrom
	if len(events) != 1 && !array {
		panic("sink: " + d.name + " holds one event a request")
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
		text, data = d.one(text, e, header)
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
	return b
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

// reader reads all of it; the body stays as it is.
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
