package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Event is one JSON value of a stream that is an event.
type Event struct {
	ID   json.RawMessage
	Line int // where it begins, from 1

	root *node
}

// maxEvent limits the size of one event. EventBridge accepts at most one mebibyte; a file may have more white space.
const maxEvent = 4 << 20

// ReadEvents reads events that follow each other, such as one on each line, or arrays of events. For each value that
// EventBridge would not accept as an event, it yields one *Error; after a mistake in the JSON, reading continues at the
// next line that begins with a brace. If reading from the io.Reader fails, it yields that error and ends.
func ReadEvents(file string, in io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		// The reader treats a byte order mark as newSource does.
		s := &stream{file: file, in: transform.NewReader(in, unicode.BOMOverride(transform.Nop)), line: 1, column: 1}
		s.dec.Reset(s, decoding...)
		for first := true; ; first = false {
			e, err := s.next()
			if errors.Is(err, io.EOF) {
				if first {
					yield(e, s.errorf("there is no event here; expected an event, several of them, or an array of events"))
				}
				return
			}
			if !yield(e, err) || err != nil && !errors.As(err, new(*Error)) {
				return
			}
		}
	}
}

// stream splits a text into values and records where each begins.
type stream struct {
	file    string
	in      io.Reader
	dec     jsontext.Decoder
	invalid bool // the last value was not valid JSON

	// The current position is the end of the last value, or where something is wrong with it.
	ahead        bytes.Buffer // what dec has read beyond the current position
	offset       int          // of the current position, in all that dec has read
	line, column int          // of the current position
}

// Read is called by the decoder.
func (s *stream) Read(p []byte) (int, error) {
	if s.ahead.Len() > maxEvent {
		return 0, fmt.Errorf("%s:%d: an event of more than %d bytes", s.file, s.line, maxEvent)
	}
	n, err := s.in.Read(p)
	s.ahead.Write(p[:n])
	return n, err
}

// pass moves the current position forward to an offset.
func (s *stream) pass(to int) {
	for _, c := range s.ahead.Next(to - s.offset) {
		if c == '\n' {
			s.line, s.column = s.line+1, 1
		} else if utf8.RuneStart(c) {
			s.column++
		}
	}
	s.offset = to
}

// next reads the next event, which may be an item of an array.
func (s *stream) next() (Event, error) {
	if s.invalid {
		s.skip()
	}
	for {
		kind, inArray := s.dec.PeekKind(), s.dec.StackDepth() > 0
		if (kind != '[' || inArray) && (kind != ']' || !inArray) {
			break
		}
		if _, err := s.dec.ReadToken(); err != nil {
			return Event{}, s.mistake(err)
		}
	}
	root, err := readNode(&s.dec)
	if err != nil {
		return Event{}, s.mistake(err)
	}
	s.pass(root.at.from)
	e := Event{Line: s.line, root: root}
	err = s.check(&e)
	s.pass(root.at.to)
	return e, err
}

// mistake returns the error for a value that cannot be read.
func (s *stream) mistake(err error) error {
	bad := new(jsontext.SyntacticError)
	s.invalid = errors.As(err, &bad)
	if !s.invalid {
		s.pass(s.offset + s.ahead.Len())
		return err
	}
	at, reason := explainSyntax(bad, s.ahead.String(), s.offset)
	s.pass(at)
	return s.errorf("%s", reason)
}

// skip moves to the next line that begins with a brace. If an event was cut off, the mistake is the brace that begins
// the next one.
func (s *stream) skip() {
	chunk := make([]byte, 4096)
	for s.column > 1 || !bytes.HasPrefix(s.ahead.Bytes(), []byte("{")) {
		rest := s.ahead.Bytes()
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		s.pass(s.offset + end)
		if s.ahead.Len() > 0 {
			continue
		}
		if n, err := s.Read(chunk); n == 0 && err != nil {
			break // the decoder gets the same error
		}
	}
	s.in = io.MultiReader(bytes.NewReader(bytes.Clone(s.ahead.Bytes())), s.in)
	s.ahead.Reset()
	s.dec.Reset(s, decoding...)
	s.offset, s.invalid = 0, false
}

// check returns an error for an event that EventBridge refuses with "Parameter Event is not valid", whatever the
// pattern is.
func (s *stream) check(e *Event) error {
	if e.root.kind != kindObject {
		return s.errorf("an event is a JSON object, this is %s", e.root.kind)
	}
	var missing []string
	for _, name := range []string{"id", "detail-type", "source", "account", "time", "region"} {
		if e.root.member(name) == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return s.errorf(`this is not a complete EventBridge event: it lacks %s; if it is only the detail of an event, `+
			`put it into "detail" of a complete event`, strings.Join(missing, ", "))
	}
	if id := e.root.member("id"); id.kind == kindString {
		e.ID = json.RawMessage(id.raw)
	}
	at := e.root.member("time")
	if _, err := time.Parse(time.RFC3339, at.text); err != nil {
		return s.errorf(`this is not a valid EventBridge event: its time is %s, but must have the form `+
			`"2026-11-22T05:30:00Z"`, at.raw)
	}
	return nil
}

// errorf returns an error about the current position.
func (s *stream) errorf(format string, args ...any) error {
	return &Error{File: s.file, Line: s.line, Column: s.column, Reason: fmt.Sprintf(format, args...)}
}
