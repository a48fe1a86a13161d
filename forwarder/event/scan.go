package event

import (
	"encoding/json"
	"unicode/utf8"
)

// maxDepth is how deep JSON may nest, as for encoding/json: a message of nothing but brackets must not cost memory.
const maxDepth = 10_000

// scanner reads JSON text once, from front to back, without recursion and without copying. Decoding with encoding/json took four
// fifths of the time that a message spent in this package, most of it for members that nobody asks for.
type scanner struct {
	text  []byte
	at    int
	stack []byte // the closing brackets to come
}

// document tells whether the text is one JSON value and nothing else.
func (s *scanner) document() bool {
	return s.value() && s.space() == 0 && s.at == len(s.text)
}

// space passes white space and returns what follows, 0 at the end.
func (s *scanner) space() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.space() != c {
		return false
	}
	s.at++
	return true
}

// value passes one value of any kind.
func (s *scanner) value() bool {
	s.stack = s.stack[:0]
	for {
		opened, ok := s.open()
		if !ok {
			return false
		}
		if opened {
			continue
		}
		if done, ok := s.close(); !ok || done {
			return ok
		}
	}
}

// open passes a scalar, or the beginning of an object or array up to its first value.
func (s *scanner) open() (opened, ok bool) {
	switch s.space() {
	case '{':
		s.at++
		return s.nest('}')
	case '[':
		s.at++
		return s.nest(']')
	}
	return false, s.scalar()
}

func (s *scanner) nest(closing byte) (opened, ok bool) {
	if s.take(closing) {
		return false, true
	}
	if s.stack = append(s.stack, closing); len(s.stack) > maxDepth {
		return false, false
	}
	return true, closing == ']' || s.name()
}

// close passes what may stand after a value, up to the next one; done means that the outermost value has ended.
func (s *scanner) close() (done, ok bool) {
	for len(s.stack) > 0 {
		closing := s.stack[len(s.stack)-1]
		if s.take(',') {
			return false, closing == ']' || s.name()
		}
		if !s.take(closing) {
			return false, false
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	return true, true
}

// name passes a member's name and its colon.
func (s *scanner) name() bool { return s.space() == '"' && s.string() && s.take(':') }

func (s *scanner) scalar() bool {
	switch s.space() {
	case '"':
		return s.string()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *scanner) literal(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) string() bool {
	text := s.text
	for i := s.at + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.at = i + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			n := escape(text[i:])
			if n == 0 {
				return false
			}
			i += n - 1
		}
	}
	return false
}

// escape returns how long the escape at the beginning of text is, 0 when it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range text[2:6] {
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func (s *scanner) number() bool {
	s.passOne('-')
	if !s.passOne('0') && !s.digits() {
		return false
	}
	if s.passOne('.') && !s.digits() {
		return false
	}
	if s.passOne('e') || s.passOne('E') {
		if !s.passOne('+') {
			s.passOne('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) passOne(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at > from
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// members calls each for the members of the object that stands next; it returns false when there is none, or no JSON.
func (s *scanner) members(each func(name, value []byte)) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		s.space()
		from := s.at
		if !s.name() {
			return false
		}
		name := unquoted(s.text[from:s.at])
		s.space()
		from = s.at
		if !s.value() {
			return false
		}
		each(name, s.text[from:s.at])
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// unquote decodes the string at the beginning of raw; it is empty when raw is no string.
func unquote(raw []byte) string { return string(unquoted(raw)) }

// unquoted is unquote without a copy, where the string has no escapes.
func unquoted(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	for i, c := range raw[1:] {
		switch {
		case c == '"':
			return raw[1 : i+1]
		case c == '\\' || c >= utf8.RuneSelf:
			end := scanner{text: raw}
			var text string
			if end.string() {
				_ = json.Unmarshal(raw[:end.at], &text)
			}
			return []byte(text)
		}
	}
	return nil
}
