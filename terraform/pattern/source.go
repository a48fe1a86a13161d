package pattern

import (
	"bytes"
	"unicode/utf8"
)

// source is a text and its name in messages.
type source struct {
	file string
	text []byte
}

func newSource(file string, text []byte) *source {
	return &source{file: file, text: withoutMark(bytes.Clone(text))}
}

// withoutMark leaves out the byte order mark that some editors write before UTF-8.
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// position is the line and the column of an offset, both from 1, the column in characters.
func (s *source) position(off int) (line, column int) {
	off = min(off, len(s.text))
	before := s.text[:off]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}

// errorAt is an error about the bytes from off to end.
func (s *source) errorAt(off, end int, path, reason string) *Error {
	off = min(off, len(s.text))
	e := &Error{File: s.file, Path: path, Reason: reason}
	e.Line, e.Column = s.position(off)
	start := bytes.LastIndexByte(s.text[:off], '\n') + 1
	stop := len(s.text)
	if i := bytes.IndexByte(s.text[off:], '\n'); i >= 0 {
		stop = off + i
	}
	e.source = string(bytes.TrimSuffix(s.text[start:stop], []byte("\r")))
	e.width = utf8.RuneCount(s.text[off:max(off, min(end, stop))])
	return e
}
