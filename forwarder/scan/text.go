package scan

import (
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
	if n := plain(raw); n == len(raw)-1 {
		return string(raw[1:n]), true
	}
	return string(decode(raw[1 : len(raw)-1])), true
}

// decoded is the string at the beginning of raw, in place where nothing has to be decoded.
func decoded(raw []byte) []byte {
	n := plain(raw)
	if raw[n] == '"' {
		return raw[1:n]
	}
	end := Reader{text: raw}
	end.string()
	return decode(raw[1 : end.at-1])
}

// plain returns where the quoted string raw stops being plain ASCII: at its closing quote if all of it is.
func plain(raw []byte) int {
	for i := 1; i < len(raw); i++ {
		if c := raw[i]; c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(raw)
}

// decode resolves the escapes of a valid string and replaces what is no UTF-8, as encoding/json does.
func decode(text []byte) []byte {
	out := make([]byte, 0, len(text))
	from := 0 // up to here it is in out
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if c == '\\' {
			r, size = unescape(text[i:])
		} else if r != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		out = append(out, text[from:i]...)
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		} else {
			out = utf8.AppendRune(out, r)
		}
		i += size
		from = i
	}
	return append(out, text[from:]...)
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
