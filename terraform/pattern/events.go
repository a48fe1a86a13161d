package pattern

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Event is one JSON value of a stream, which is meant to be an event. Its text is valid until the next one is read.
type Event struct {
	Text         []byte
	File         string // in messages only
	Line, Column int    // where it begins, from 1
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
		for count := 0; ; count++ {
			e, err := r.next()
			if errors.Is(err, io.EOF) && count > 0 {
				return
			}
			if errors.Is(err, io.EOF) {
				yield(e, r.at(e, "there is no event here; expected one, several one after the other, or an array of them"))
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
	file         string
	line, column int // of the next byte
	inArray      bool
	comma        bool // in an array: the next thing is a comma or the end
	text         []byte
	err          error
}

// at is a mistake at the end of what has been read of an event.
func (r *eventReader) at(e Event, reason string) *Error {
	src := newSource(r.file, e.Text)
	return e.placed(src.errorAt(len(src.text), len(src.text), "", reason))
}

// placed moves an error of an event's text to where the event is.
func (e Event) placed(err *Error) *Error {
	err.File = e.File
	if err.Line == 1 {
		err.Column += e.Column - 1
		err.source = strings.Repeat(" ", e.Column-1) + err.source
	}
	err.Line += e.Line - 1
	return err
}

// skip takes n bytes, which have been seen, and counts lines and columns.
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
	if r.err == nil { // an error is told once
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
		e := Event{File: r.file, Line: r.line, Column: r.column}
		if errors.Is(err, io.EOF) && r.inArray {
			r.inArray = false
			return e, r.at(e, "the text ends here and the array of events is not closed")
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
			return e, r.at(e, "expected a comma or ] after an event of an array")
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
		used, outcome := s.takeAll(seen)
		r.text = append(r.text, seen[:used]...)
		r.skip(seen[:used])
		e.Text = r.text
		switch {
		case outcome == valueEnds || outcome == valueEnded || err != nil && s.depth == 0 && !s.inString:
			return e, nil
		case outcome == valueIsCutOff || err != nil:
			return e, r.at(e, "this event ends here and is not closed")
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
	closed   bool // the last thing was the end of a value: only a comma, a colon or a bracket can come
	word     bool // outside all brackets: a number, a literal or what is none
}

type valueOutcome int

const (
	valueGoesOn   valueOutcome = iota
	valueEnds                  // with this byte
	valueEnded                 // before this byte
	valueIsCutOff              // before this byte
)

// takeAll reads on to the end of what is seen, or of the value, and returns how much of it is the value's.
func (s *valueScanner) takeAll(seen []byte) (used int, outcome valueOutcome) {
	for used < len(seen) {
		switch outcome = s.take(seen[used]); outcome {
		case valueGoesOn:
			used++
		case valueEnds:
			return used + 1, outcome
		default:
			return used, outcome
		}
	}
	return used, outcome
}

func (s *valueScanner) take(c byte) valueOutcome {
	switch {
	case s.inString:
		return s.inside(c)
	case s.word && (c == '\n' || s.inArray && strings.IndexByte(",]", c) >= 0):
		return valueEnded
	case s.word:
		return valueGoesOn
	case s.depth > 0 && s.closed && strings.IndexByte(`{["`, c) >= 0:
		return valueIsCutOff
	}
	return s.outside(c)
}

// outside reads a byte that is in no string and no word.
func (s *valueScanner) outside(c byte) valueOutcome {
	switch c {
	case '"':
		s.inString = true
	case '{', '[':
		s.depth++
		s.closed = false
	case '}', ']':
		s.depth--
		s.closed = true
		if s.depth <= 0 {
			return valueEnds
		}
	case ',', ':':
		s.closed = false
	default:
		s.word = s.depth == 0
	}
	return valueGoesOn
}

// inside reads a byte of a string.
func (s *valueScanner) inside(c byte) valueOutcome {
	if c == '\n' {
		return valueIsCutOff
	}
	s.inString = s.escaped || c != '"'
	s.escaped = !s.escaped && c == '\\'
	s.closed = !s.inString
	if s.closed && s.depth == 0 {
		return valueEnds
	}
	return valueGoesOn
}

// required finds the fields without which EventBridge takes no event.
var required = sync.OnceValue(func() *Pattern {
	p, err := Parse([]byte(`{"id": [1], "detail-type": [1], "source": [1], "account": [1], "time": [1], "region": [1]}`))
	if err != nil {
		panic(err)
	}
	return p
})

// Check tells whether EventBridge takes this for an event. Its answer to what is none is "Parameter Event is not
// valid", whatever the pattern. The error is an *Error.
func (e Event) Check() error {
	p := required()
	r := p.runs.Get().(*run)
	defer r.release()
	if !utf8.Valid(e.Text) || !r.scan(e.Text) {
		return e.placed(badEvent(e.Text))
	}
	var missing []string
	for i := range p.fields {
		if f := &p.fields[i]; r.first[f.id] == nothing {
			missing = append(missing, f.path)
		}
	}
	src := newSource(e.File, nil)
	switch {
	case len(missing) == len(p.fields):
		return e.placed(src.errorAt(0, 0, "", "this is no event that EventBridge has: it lacks "+strings.Join(missing, ", ")+
			`; what a service or PutEvents gives as the detail goes into "detail" of a whole event`))
	case len(missing) > 0:
		return e.placed(src.errorAt(0, 0, "", "this is no event that EventBridge has: it lacks "+strings.Join(missing, ", ")))
	}
	at := r.values[r.first[p.steps.walk([]byte("time")).id]].text
	if _, err := time.Parse(`"`+time.RFC3339+`"`, string(at)); err != nil {
		return e.placed(src.errorAt(0, 0, "time", fmt.Sprintf("this is no event that EventBridge has: its time is %s and not one such as "+
			`"2026-11-22T05:30:00Z"`, at)))
	}
	return nil
}
