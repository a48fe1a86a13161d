package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// The formats. The first three are Dispatch's and older than CloudEvents 1.0, which none of these servers reads. The
// first two write an event in the same way; they differ in path and token, and only the sidecar reads arrays.
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

// format is how events are written for a receiver.
type format struct {
	name        string
	contentType string
	// encode writes one event: it appends everything before the event's data to dst, or sets headers, and returns the
	// result as head. data is sent after head, unchanged. Data that has to become a JSON string is part of head instead,
	// and data is nil. A JSON object stays open: body writes its closing brace.
	encode   func(dst []byte, e *event.Event, header http.Header) (head, data []byte, err error)
	minArray int // this many events, or more, are written as an array; 0 if a request can contain only one event
}

func formatOf(o Options) (format, error) {
	draft := draftEncoder{namespace: o.Namespace, sourceID: o.SourceID}
	f, known := map[string]format{
		FormatDispatch:   {contentType: "application/json", encode: appendDispatch},
		FormatSidecar:    {contentType: "application/json", encode: appendDispatch, minArray: 2},
		FormatDraft:      {contentType: "application/json", encode: draft.append, minArray: 2},
		FormatStructured: {contentType: "application/cloudevents+json", encode: appendStructured},
		FormatBinary:     {encode: appendBinary},
		FormatBatch:      {contentType: "application/cloudevents-batch+json", encode: appendStructured, minArray: 1},
	}[o.Format]
	if !known {
		return format{}, fmt.Errorf("format is %q: accepted are %s", o.Format, strings.Join(Formats(), ", "))
	}
	f.name = o.Format
	return f, nil
}

// minSeparate is the size from which data is not copied into the request's text but added to it as a separate piece.
// For smaller data a copy costs less.
const minSeparate = 16 << 10

func (f *format) body(events []*event.Event, header http.Header) (body, error) {
	isArray := f.minArray > 0 && len(events) >= f.minArray
	if len(events) != 1 && !isArray {
		return body{}, errors.New("a request in this format can contain only one event")
	}
	size := 2
	for _, e := range events {
		size += 384
		if len(e.Data) < minSeparate {
			size += len(e.Data)
		}
	}
	var b body
	text := make([]byte, 0, size)
	for i, e := range events {
		if isArray {
			text = append(text, "[,"[min(i, 1)])
		}
		var data []byte
		var err error
		if text, data, err = f.encode(text, e, header); err != nil {
			return body{}, err
		}
		if len(data) < minSeparate {
			text = append(text, data...)
		} else {
			b.add(text)
			b.add(data)
			text = text[len(text):]
		}
		if f.name != FormatBinary {
			text = append(text, '}')
		}
	}
	if isArray {
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

// reader returns a reader of the whole body, which it does not change. net/http writes a bytes.Reader together with the
// head of the request, and any other reader after it.
func (b *body) reader() io.ReadCloser {
	if len(b.pieces) == 1 {
		return io.NopCloser(bytes.NewReader(b.pieces[0]))
	}
	unread := net.Buffers(slices.Clone(b.pieces))
	return io.NopCloser(&unread)
}
