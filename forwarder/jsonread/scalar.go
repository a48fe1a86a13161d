package jsonread

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Text skips the next value and, if it is a string, returns it decoded; ok is true if it is a string.
func (r *Reader) Text() (text string, ok bool) {
	raw, ok := r.quoted()
	return string(unquoted(raw)), ok
}

// Bytes is Text without a copy: the string is decoded in place, which overwrites that part of the text.
func (r *Reader) Bytes() (text []byte, ok bool) {
	raw, ok := r.quoted()
	if !utf8.Valid(raw) || bytes.IndexByte(raw, '\\') < 0 {
		return unquoted(raw), ok
	}
	text, _ = jsontext.AppendUnquote(raw[:0], raw) // no escape is shorter than what it stands for
	return text, ok
}

// quoted skips the next value and, if it is a string, returns it undecoded.
func (r *Reader) quoted() (raw []byte, ok bool) {
	isString := r.space() == '"'
	if raw = r.Raw(); !isString || r.bad {
		return nil, false
	}
	return raw, true
}

// unquoted decodes a valid string, without a copy if it has no escapes. Invalid UTF-8 is replaced, as by encoding/json.
func unquoted(raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw[1 : len(raw)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // the error says that something was replaced
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
		isHex := func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
		if len(text) >= 6 && isHex(text[2]) && isHex(text[3]) && isHex(text[4]) && isHex(text[5]) {
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

func (r *Reader) literal(word string) {
	if !bytes.HasPrefix(r.text[r.at:], []byte(word)) {
		r.fail()
		return
	}
	r.at += len(word)
}

func (r *Reader) number() {
	r.skipOne("-")
	if !r.skipOne("0") {
		r.digits()
	}
	if r.skipOne(".") {
		r.digits()
	}
	if r.skipOne("eE") {
		r.skipOne("+-")
		r.digits()
	}
}

// skipOne skips the next byte if it is one of the bytes in of.
func (r *Reader) skipOne(of string) bool {
	if r.at == len(r.text) || strings.IndexByte(of, r.text[r.at]) < 0 {
		return false
	}
	r.at++
	return true
}

// digits skips digits, of which there must be at least one.
func (r *Reader) digits() {
	from := r.at
	for r.at < len(r.text) && isDigit(r.text[r.at]) {
		r.at++
	}
	if r.at == from {
		r.fail()
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
