package jsonread

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Text passes the value that comes next and returns it decoded when it is a string; ok tells whether it is.
func (r *Reader) Text() (text string, ok bool) {
	if r.Next() != '"' {
		r.Raw()
		return "", false
	}
	raw := r.Raw()
	if r.bad {
		return "", false
	}
	return string(decoded(raw)), true
}

// Bytes is Text without a copy: the string is decoded where it stands, so that part of the text is used up.
func (r *Reader) Bytes() (text []byte, ok bool) {
	if r.Next() != '"' {
		r.Raw()
		return nil, false
	}
	raw := r.Raw()
	if r.bad {
		return nil, false
	}
	if !utf8.Valid(raw) {
		return decoded(raw), true
	}
	return decode(raw[1 : len(raw)-1]), true
}

// decoded decodes a valid quoted string, without touching it: in place where nothing has to be decoded. What is no
// UTF-8 is replaced as encoding/json does it.
func decoded(raw []byte) []byte {
	if !utf8.Valid(raw) {
		var text string
		_ = json.Unmarshal(raw, &text) // a valid string cannot fail
		return []byte(text)
	}
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	return decode(bytes.Clone(text))
}

// decode resolves escapes in place: none of them is shorter than what it stands for.
func decode(text []byte) []byte {
	from := bytes.IndexByte(text, '\\')
	if from < 0 {
		return text
	}
	to := from
	for from < len(text) {
		if text[from] == '\\' {
			r, size := unescape(text[from:])
			from += size
			if r < utf8.RuneSelf {
				text[to] = byte(r)
				to++
			} else {
				to += utf8.EncodeRune(text[to:], r)
			}
			continue
		}
		n := bytes.IndexByte(text[from:], '\\')
		if n < 0 {
			n = len(text) - from
		}
		copy(text[to:], text[from:from+n])
		from, to = from+n, to+n
	}
	return text[:to]
}

// plain returns how many bytes at the beginning of text are neither quote nor backslash nor control character. It looks
// at eight at a time: most of what a reader passes is inside strings.
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

// special sets the highest bit of the first byte in word that is no plain one, and perhaps of later ones.
func special(word uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote, backslash := word^(ones*'"'), word^(ones*'\\')
	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (word-ones*' ')&^word) & highs
}

// unescape reads one escape; two \u escapes that make a surrogate pair are one.
func unescape(text []byte) (r rune, size int) {
	switch text[1] {
	case 'u':
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	default:
		return rune(text[1]), 2
	}
	first := unit(text)
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
		if pair := utf16.DecodeRune(first, unit(text[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func unit(escape []byte) rune {
	n, _ := strconv.ParseUint(string(escape[2:6]), 16, 16) // its digits were checked when the string was passed
	return rune(n)
}
