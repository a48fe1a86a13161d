package pattern

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Event is one JSON value of a stream, which should be an event. Its text is valid until the next event is read.
type Event struct {
	Text         []byte
	File         string // in messages only
	Line, Column int    // where it begins, from 1

	root *node
}

// maxEvent limits the size of one event. EventBridge accepts at most one mebibyte.
const maxEvent = 16 << 20

// ReadEvents reads events that follow each other, such as one on each line, or arrays of events. For each value that
// EventBridge would not accept as an event, it yields one *Error; after a mistake in the JSON, reading continues at the
// next line that begins with a brace. If reading from the io.Reader fails, it yields that error and ends.
func ReadEvents(file string, in io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		buffered := bufio.NewReader(in)
		s := &stream{file: file, in: buffered, line: 1, column: 1}
		s.dec.Reset(s, decoding...)
		mark, err := buffered.Peek(len("\ufeff")) // some editors write a byte order mark before UTF-8
		if err != nil && !errors.Is(err, io.EOF) {
			yield(Event{File: file}, err)
			return
		}
		if string(mark) == "\ufeff" {
			_, _ = buffered.Discard(len(mark))
		}
		for first := true; ; first = false {
			e, err := s.next()
			if errors.Is(err, io.EOF) {
				if first {
					yield(e, e.errorf("there is no event here; expected an event, several of them, or an array of events"))
				}
				return
			}
			bad := new(Error)
			if !yield(e, err) || err != nil && !errors.As(err, &bad) {
				return
			}
		}
	}
}

// stream splits a text into values and records where each begins.
type stream struct {
	file string
	in   io.Reader
	dec  jsontext.Decoder
	skip bool // the last value was not valid JSON

	// The current position is the end of the last value that was returned.
	ahead        bytes.Buffer // what dec has read beyond the current position
	offset       int64        // of the current position, in all that dec has read
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

// pass moves the current place forward to an offset, and returns the text between the two.
func (s *stream) pass(to int64) []byte {
	text := s.ahead.Next(int(to - s.offset))
	s.offset = to
	for _, c := range text {
		if c == '\n' {
			s.line, s.column = s.line+1, 1
		} else if utf8.RuneStart(c) {
			s.column++
		}
	}
	return text
}

// next reads the next event, which may be an item of an array.
func (s *stream) next() (Event, error) {
	if s.skip {
		if err := s.skipMistake(); err != nil {
			return Event{}, err
		}
	}
	for {
		kind, inArray := s.dec.PeekKind(), s.dec.StackDepth() > 0
		if (kind != '[' || inArray) && (kind != ']' || !inArray) {
			break
		}
		if _, err := s.dec.ReadToken(); err != nil {
			return s.mistake(err)
		}
	}
	value, err := s.dec.ReadValue()
	if err != nil {
		return s.mistake(err)
	}
	end := s.dec.InputOffset()
	s.pass(end - int64(len(value)))
	e := Event{File: s.file, Line: s.line, Column: s.column}
	e.Text = s.pass(end)
	return e, e.read()
}

// mistake returns the error for a value that cannot be read.
func (s *stream) mistake(err error) (Event, error) {
	s.pass(s.dec.InputOffset())
	rest := s.ahead.Bytes()
	start := s.offset + int64(len(rest)-len(bytes.TrimLeft(rest, " \t\r\n,")))
	syntax := new(jsontext.SyntacticError)
	isSyntax := errors.As(err, &syntax)
	if isSyntax {
		start = min(start, syntax.ByteOffset)
	}
	s.pass(start)
	e := Event{File: s.file, Line: s.line, Column: s.column}
	if !isSyntax {
		return e, err
	}
	bad := newSource(s.file, s.ahead.Bytes()).syntaxError(s.offset, err)
	s.skip = true
	// If an event was cut off, the mistake is the { that begins the next line. skipMistake looks for it and the line end
	// before it, so go on one byte earlier.
	s.pass(max(s.offset, syntax.ByteOffset-1))
	return e, e.placed(bad)
}

// skipMistake moves to the next line that begins with a brace.
func (s *stream) skipMistake() error {
	chunk := make([]byte, 4096)
	for {
		at := bytes.Index(s.ahead.Bytes(), []byte("\n{"))
		if at >= 0 {
			s.pass(s.offset + int64(at) + 1)
			break
		}
		s.pass(s.offset + max(0, int64(s.ahead.Len())-1))
		if n, err := s.Read(chunk); n == 0 && err != nil {
			return err
		}
	}
	s.in = io.MultiReader(bytes.NewReader(bytes.Clone(s.ahead.Bytes())), s.in)
	s.ahead.Reset()
	s.dec.Reset(s, decoding...)
	s.offset, s.skip = 0, false
	return nil
}

// read reads the text of the event. The place in an error is relative to the file of the event.
func (e *Event) read() error {
	root, err := readObject(newSource(e.File, e.Text))
	if err != nil {
		return e.placed(err)
	}
	e.root = root
	return e.checkEnvelope()
}

// readObject reads a text that must be one object.
func readObject(src *source) (*node, *Error) {
	root, err := readJSON(src, "an event")
	if err == nil && root.kind != kindObject {
		err = src.errorAt(root.at, "an event is a JSON object, this is %s", root.kind)
	}
	return root, err
}

// checkEnvelope returns an error for an event that EventBridge refuses with "Parameter Event is not valid", whatever
// the pattern is.
func (e *Event) checkEnvelope() error {
	var missing []string
	at := &node{}
	for _, name := range []string{"id", "detail-type", "source", "account", "time", "region"} {
		i := slices.IndexFunc(e.root.children, func(m *node) bool { return m.name == name })
		switch {
		case i < 0:
			missing = append(missing, name)
		case name == "time":
			at = e.root.children[i]
		}
	}
	if len(missing) > 0 {
		return e.errorf(`this is not a complete EventBridge event: it lacks %s; if it is only the detail of an event, `+
			`put it into "detail" of a complete event`, strings.Join(missing, ", "))
	}
	if _, err := time.Parse(time.RFC3339, at.text); err != nil {
		return e.errorf(`this is not a valid EventBridge event: its time is %s, but must have the form `+
			`"2026-11-22T05:30:00Z"`, at.raw)
	}
	return nil
}

// errorf returns an error about the event as a whole.
func (e *Event) errorf(format string, args ...any) error {
	return e.placed((&source{file: e.File}).errorAt(span{}, format, args...))
}

// placed converts the place of an error in the text of an event into its place in the file.
func (e *Event) placed(err *Error) error {
	if err.Line == 1 {
		err.Column += e.Column - 1
		err.text = strings.Repeat(" ", e.Column-1) + err.text
	}
	err.Line += e.Line - 1
	return err
}
