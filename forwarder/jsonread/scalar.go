package jsonread

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Text skips the next value and, if it is a string, returns it decoded; ok is true if it is a string.
func (r *Reader) Text() (text string, ok bool) {
	raw := r.quoted()
	return string(unquoted(nil, raw)), raw != nil
}

// Bytes is Text without a copy: the string is decoded in place, which overwrites that part of the text.
func (r *Reader) Bytes() []byte {
	raw := r.quoted()
	if !utf8.Valid(raw) { // not in place: an invalid byte becomes longer (an escape never does)
		return unquoted(nil, raw)
	}
	return unquoted(raw[:0], raw)
}

// quoted skips the next value and, if it is a string, returns it undecoded.
func (r *Reader) quoted() []byte {
	isString := r.space() == '"'
	if raw := r.Raw(); isString {
		return raw
	}
	return nil
}

// unquoted decodes a string into a buffer, or without a copy if it has no escapes. Invalid UTF-8 is replaced, as by
// encoding/json.
func unquoted(buffer, raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw[1 : len(raw)-1]
	}
	text, _ := jsontext.AppendUnquote(buffer, raw) // the error says that something was replaced
	return text
}

// string skips a string.
func (r *Reader) string() {
	text := r.text
	for i := r.at + 1; ; {
		i += plain(text[i:])
		if i >= len(text) {
			break
		}
		if text[i] == '"' {
			r.at = i + 1
			return
		}
		size := escape(text[i:])
		if size == 0 {
			break
		}
		i += size
	}
	r.fail()
}

// escape returns the length of the escape at the beginning of text, 0 if there is none.
func escape(text []byte) int {
	if len(text) < 2 || text[0] != '\\' {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, err := hex.Decode(make([]byte, 2), text[2:min(6, len(text))]); err == nil && len(text) >= 6 {
			return 6
		}
	}
	return 0
}

// plain returns how many bytes at the beginning of text are neither quote nor backslash nor control character. It
// checks eight at a time: most of what a reader skips is inside strings.
func plain(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if marks := special(binary.LittleEndian.Uint64(text[i:])); marks != 0 {
			return i + bits.TrailingZeros64(marks)/8
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return i
}

// special returns a word in which the highest bit is set for the first byte that is a quote, a backslash or a control
// character. Bits of later bytes may be set by mistake.
func special(word uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote, backslash := word^(ones*'"'), word^(ones*'\\')
	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (word-ones*' ')&^word) & highs
}

// scalar skips a number, true, false or null.
func (r *Reader) scalar() {
	text := r.text[r.at:]
	if end := bytes.IndexAny(text, " \t\r\n,]}"); end >= 0 {
		text = text[:end]
	}
	if !json.Valid(text) {
		r.fail()
		return
	}
	r.at += len(text)
}
