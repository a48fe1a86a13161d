package pattern

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one JSON value of a stream, which is meant to be an event. Its text is valid until the next one is read.
type Event struct {
	Text         []byte
	File         string // in messages only
	Line, Column int    // where it begins, from 1

	reader *reader // of the stream that it is from
	root   *node   // of the text, once it has been read
}

// read reads the text of the event, once. The error is at the place of the event in its file.
func (e *Event) read() *Error {
	if e.root != nil {
		return nil
	}
	if e.reader == nil { // it is of no stream
		e.reader = new(reader)
	}
	root, err := e.reader.event(e.File, e.Text)
	if err != nil {
		return e.placed(err)
	}
	e.root = root
	return nil
}

// Explain does what Pattern.Explain does. The event is read once for several patterns.
func (e *Event) Explain(p *Pattern) ([]Mismatch, error) {
	if err := e.read(); err != nil {
		return nil, err
	}
	return p.explain(e.root), nil
}

// event reads the text of an event.
func (r *reader) event(file string, text []byte) (*node, *Error) {
	src := newSource(file, text)
	root, err := r.read(src, "an event")
	if err == nil && root.kind != kindObject {
		err = src.errorAt(root.off, root.end, "", "an event is a JSON object, this is "+string(root.kind))
	}
	return root, err
}

// Check reports whether EventBridge accepts this as an event. What it does not accept it answers with "Parameter Event
// is not valid", whatever the pattern. The error is an *Error.
func (e *Event) Check() error {
	if err := e.read(); err != nil {
		return err
	}
	var missing []string
	at, path := "", ""
	for _, name := range []string{"id", "detail-type", "source", "account", "time", "region"} {
		var f finding
		f.collect(e.root, []string{name}, nil)
		if len(f.values) == 0 {
			missing = append(missing, name)
		} else if name == "time" {
			at = f.values[0].text
		}
	}
	_, err := time.Parse(`"`+time.RFC3339+`"`, at)
	reason := "this is no event that EventBridge has: "
	switch {
	case len(missing) == 0 && err == nil:
		return nil
	case len(missing) == 0:
		path = "time"
		reason += fmt.Sprintf(`its time is %s and not one such as "2026-11-22T05:30:00Z"`, at)
	case len(missing) == 6:
		reason += "it lacks " + strings.Join(missing, ", ") +
			`; what a service or PutEvents gives as the detail goes into "detail" of a whole event`
	default:
		reason += "it lacks " + strings.Join(missing, ", ")
	}
	return e.placed(newSource(e.File, nil).errorAt(0, 0, path, reason))
}

// placed moves an error of an event's text to where the event is.
func (e *Event) placed(err *Error) *Error {
	err.File = e.File
	if err.Line == 1 {
		err.Column += e.Column - 1
		err.source = strings.Repeat(" ", e.Column-1) + err.source
	}
	err.Line += e.Line - 1
	return err
}

// maxEvent bounds what is read as one event. EventBridge takes a mebibyte.
const maxEvent = 16 << 20

// ReadEvents reads events one after the other, such as one a line, or arrays of them. A value that is cut off is an
// *Error of its own, after which the reading goes on. Any other error is the reader's, and the last. What a value holds
// is for Check to say.
func ReadEvents(file string, in io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r := &eventReader{in: bufio.NewReaderSize(in, 64<<10), file: file, line: 1, column: 1}
		r.skipMark()
		for first := true; ; first = false {
			e, err := r.next()
			if errors.Is(err, io.EOF) {
				if first {
					yield(e, r.errorAfter(e,
						"there is no event here; expected one, several one after the other, or an array of them"))
				}
				return
			}
			var bad *Error
			if !yield(e, err) || err != nil && !errors.As(err, &bad) {
				return
			}
		}
	}
}

// eventReader cuts a stream into values.
type eventReader struct {
	in           *bufio.Reader
	reader       reader // of the values
	file         string
	line, column int // of the next byte
	inArray      bool
	comma        bool // in an array: the next thing is a comma or the end
	text         []byte
	err          error
}

// errorAfter is a mistake at the end of what has been read of an event.
func (r *eventReader) errorAfter(e Event, reason string) *Error {
	src := newSource(r.file, e.Text)
	return e.placed(src.errorAt(len(src.text), len(src.text), "", reason))
}

// skip takes bytes that have been seen, and counts lines and columns.
func (r *eventReader) skip(seen []byte) {
	for _, c := range seen {
		if c == '\n' {
			r.line, r.column = r.line+1, 1
		} else if utf8.RuneStart(c) {
			r.column++
		}
	}
	_, _ = r.in.Discard(len(seen))
}

// skipMark skips the byte order mark that some editors write before UTF-8.
func (r *eventReader) skipMark() {
	if first, err := r.buffered(); err != nil || first[0] != "\ufeff"[0] {
		return
	}
	if mark, _ := r.in.Peek(3); string(mark) == "\ufeff" {
		_, _ = r.in.Discard(3)
	}
}

// buffered shows what can be seen without waiting, at least one byte.
func (r *eventReader) buffered() ([]byte, error) {
	if r.err == nil { // bufio reports an error once
		_, r.err = r.in.Peek(1)
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.in.Peek(r.in.Buffered())
}

// next reads a value, through white space and the brackets and commas of arrays.
func (r *eventReader) next() (Event, error) {
	for {
		seen, err := r.buffered()
		e := Event{File: r.file, Line: r.line, Column: r.column, reader: &r.reader}
		if errors.Is(err, io.EOF) && r.inArray {
			r.inArray = false
			return e, r.errorAfter(e, "the text ends here and the array of events is not closed")
		}
		if err != nil {
			return e, err
		}
		switch c := seen[0]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
		case c == '[' && !r.inArray:
			r.inArray, r.comma = true, false
		case c == ']' && r.inArray:
			r.inArray, r.comma = false, false
		case c == ',' && r.comma:
			r.comma = false
		case r.comma:
			r.comma = false
			return e, r.errorAfter(e, "expected a comma or ] after an event of an array")
		default:
			r.comma = r.inArray
			return r.value(e)
		}
		r.skip(seen[:1])
	}
}

// value reads one value. The end of a line cuts a string off, and the beginning of another value what has brackets.
func (r *eventReader) value(e Event) (Event, error) {
	r.text = r.text[:0]
	s := valueScanner{inArray: r.inArray}
	for {
		seen, err := r.buffered()
		if err != nil && !errors.Is(err, io.EOF) {
			return e, err
		}
		used := 0
		for used < len(seen) && s.take(seen[used]) {
			used++
		}
		r.text = append(r.text, seen[:used]...)
		r.skip(seen[:used])
		e.Text = r.text
		switch {
		case s.complete() || err != nil && s.depth == 0 && !s.inString:
			return e, nil
		case s.cutOff || err != nil:
			return e, r.errorAfter(e, "this event ends here and is not closed")
		case len(r.text) > maxEvent:
			return e, fmt.Errorf("%s:%d: an event of more than %d bytes", r.file, e.Line, maxEvent)
		}
	}
}

// valueScanner knows where a JSON value ends; it checks nothing else.
type valueScanner struct {
	inArray  bool
	depth    int
	inString bool
	escaped  bool
	word     bool // outside all brackets: a number, a literal or what is none
	closed   bool // the last thing was the end of a value: only a comma, a colon or a bracket can come

	ended  bool // the value is complete
	cutOff bool // it is not, and something else begins
}

// take tells whether a byte belongs to the value.
func (s *valueScanner) take(c byte) bool {
	switch {
	case s.complete():
		return false
	case s.inString:
		s.cutOff = c == '\n'
		s.inString = s.escaped || c != '"'
		s.escaped = !s.escaped && c == '\\'
		s.closed = !s.inString
	case s.word:
		s.ended = c == '\n' || s.inArray && strings.IndexByte(",]", c) >= 0
	case s.depth > 0 && s.closed && strings.IndexByte(`{["`, c) >= 0:
		s.cutOff = true
	default:
		s.outside(c)
	}
	return !s.ended && !s.cutOff
}

// outside takes a byte that is in no string and no word.
func (s *valueScanner) outside(c byte) {
	switch c {
	case '"':
		s.inString = true
	case '{', '[':
		s.depth++
		s.closed = false
	case '}', ']':
		s.depth--
		s.closed = true
	case ',', ':':
		s.closed = false
	default:
		s.word = s.depth == 0
	}
}

// complete tells whether the last byte was the end of the value.
func (s *valueScanner) complete() bool { return s.ended || s.closed && s.depth <= 0 }
