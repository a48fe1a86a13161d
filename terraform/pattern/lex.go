package pattern

import (
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep objects and arrays may be nested, in patterns and in events; EventBridge's parser has the
// same bound.
const maxDepth = 1000

// stringEnd finds the end of the string that begins at b[i]: the offset after its closing quote, or where it goes
// wrong.
func stringEnd(b []byte, i int) (end int, escaped, ok bool) {
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped, true
		case c < ' ':
			return i, escaped, false
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				return i, escaped, false
			}
			escaped = true
			i += n - 1
		}
	}
	return len(b), escaped, false
}

// escapeLen is how long the escape at the head of b is, or 0 when it is none that JSON knows.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends what the inside of a string means. The escapes have been checked before.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, n := unicodeEscape(b[i+1:])
			dst = utf8.AppendRune(dst, r)
			i += n
		default:
			dst = append(dst, b[i])
		}
	}
	return dst
}

// unicodeEscape reads what follows \u: four digits, or with its second half a surrogate pair. Half a pair has no UTF-8,
// and becomes a question mark as it does in EventBridge.
func unicodeEscape(b []byte) (r rune, n int) {
	r, _ = hex4(b)
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if low, ok := hex4(b[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return '?', 4
}

// numberEnd finds the end of the number that begins at b[i], or where it goes wrong.
func numberEnd(b []byte, i int) (end int, ok bool) {
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	if i = digitsEnd(b, i); i == first || b[first] == '0' && i > first+1 {
		return first, false
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = digitsEnd(b, from); i == from {
			return i, false
		}
	}
	return exponentEnd(b, i)
}

func exponentEnd(b []byte, i int) (end int, ok bool) {
	if i == len(b) || b[i] != 'e' && b[i] != 'E' {
		return i, true
	}
	i++
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	end = digitsEnd(b, i)
	return end, end > i
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

func spaceEnd(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
