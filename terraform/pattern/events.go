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

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Event is one event that ReadEvents has read.
type Event struct {
	ID   json.RawMessage
	Line int // where it begins, from 1

	root *node
}

// maxEvent limits the size of one event. EventBridge accepts at most one mebibyte; a file may have more white space.
const maxEvent = 4 << 20

// ReadEvents reads events that follow each other, such as one on each line, or arrays of events. For each value that
// EventBridge would not accept as an event, it yields one *Error; after a mistake in the JSON, reading continues at the
// next line that begins with a brace. If reading from the io.Reader fails, or an event is larger than maxEvent, it
// yields another error and ends.
func ReadEvents(file string, in io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		// The reader treats a byte order mark as newSource does.
		in := transform.NewReader(in, unicode.BOMOverride(transform.Nop))
		s := &stream{file: file, in: io.LimitedReader{R: in}, end: Place{1, 1}}
		s.dec.Reset(&s.in, decoding...)
		for first := true; ; first = false {
			e, err := s.next()
			if errors.Is(err, io.EOF) {
				if first {
					rest := s.ahead()
					at := span{len(rest.text), len(rest.text)}
					yield(e, rest.errorAt(at, "there is no event here; expected an event, several of them, or an array of events"))
				}
				return
			}
			if !yield(e, err) || err != nil && !errors.As(err, new(*Error)) {
				return
			}
		}
	}
}

// stream splits a text into values.
type stream struct {
	file    string
	in      io.LimitedReader
	dec     jsontext.Decoder // reads from in
	end     Place            // of the last value or array bracket, or the place of a mistake after it
	invalid bool             // there is a mistake at that place
}

// ahead returns the text that dec has read beyond the last value.
func (s *stream) ahead() *source { return &source{s.file, s.end, string(s.dec.UnreadBuffer())} }

// next reads the next event, which may be an item of an array.
func (s *stream) next() (Event, error) {
	if s.invalid {
		s.skip()
	}
	s.in.N = maxEvent
	for {
		kind, inArray := s.dec.PeekKind(), s.dec.StackDepth() > 0
		before := s.dec.UnreadBuffer()
		before = before[:len(before)-len(bytes.TrimLeft(before, ", \t\r\n"))]
		begin := s.end.after(string(before))
		if kind == '[' && !inArray || kind == ']' && inArray {
			_, _ = s.dec.ReadToken() // PeekKind has found it
			s.end = begin.after("[")
			continue
		}
		value, err := s.dec.ReadValue()
		if err != nil {
			return Event{}, s.mistake(err)
		}
		src := &source{s.file, begin, string(value)}
		s.end = begin.after(src.text)
		return src.event()
	}
}

// mistake returns the error for a value that cannot be read.
func (s *stream) mistake(err error) error {
	bad := new(jsontext.SyntacticError)
	switch {
	case s.in.N <= 0:
		return fmt.Errorf("%s:%d: an event of more than %d bytes", s.file, s.end.Line, maxEvent)
	case !errors.As(err, &bad):
		return err
	}
	rest, start := s.ahead(), int(s.dec.InputOffset())
	for err = nil; err == nil; { // the messages about single tokens are better than the one about the value
		_, err = s.dec.ReadToken()
	}
	errors.As(err, &bad)
	rest.text = rest.text[:int(s.dec.InputOffset())-start] + string(s.dec.UnreadBuffer()) // a token may have added to it
	at, reason := explainSyntax(bad, rest.text, start)
	wrong := rest.errorAt(span{at, at + 1}, "%s", reason)
	s.in.R = io.MultiReader(strings.NewReader(rest.text[at:]), s.in.R)
	s.end, s.invalid = wrong.Place, true
	return wrong
}

// skip moves to the next line that begins with a brace, which may be the mistake itself: after an event that was cut
// off, the first mistake is the brace that begins the next event.
func (s *stream) skip() {
	next := []byte{0}
	for {
		if _, err := io.ReadFull(s.in.R, next); err != nil {
			break // the decoder gets the same error
		}
		if s.end.Column == 1 && next[0] == '{' {
			s.in.R = io.MultiReader(strings.NewReader("{"), s.in.R)
			break
		}
		s.end = s.end.after(string(next))
	}
	s.dec.Reset(&s.in, decoding...)
	s.invalid = false
}

// event reads the event that the text consists of. It returns an error for one that EventBridge refuses with
// "Parameter Event is not valid", whatever the pattern is.
func (s *source) event() (Event, error) {
	root, bad := s.readJSON("an event")
	if bad != nil {
		return Event{}, bad
	}
	if root.kind != kindObject {
		return Event{}, s.errorAt(root.at, "an event is a JSON object, this is %s", root.kind)
	}
	var missing []string
	for _, name := range []string{"id", "detail-type", "source", "account", "time", "region"} {
		if root.member(name) == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return Event{}, s.errorAt(root.at, `this is not a complete EventBridge event: it lacks %s; if it is only the detail `+
			`of an event, put it into "detail" of a complete event`, strings.Join(missing, ", "))
	}
	at := root.member("time")
	if _, err := time.Parse(time.RFC3339, at.text); err != nil {
		return Event{}, s.errorAt(root.at, `this is not a valid EventBridge event: its time is %s, but must have the form `+
			`"2026-11-22T05:30:00Z"`, at.raw)
	}
	e := Event{Line: s.begin.Line, root: root}
	if id := root.member("id"); id.kind == kindString {
		e.ID = json.RawMessage(id.raw)
	}
	return e, nil
}
