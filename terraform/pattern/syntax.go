package pattern

import (
	"fmt"
	"regexp"
	"strings"
)

// syntaxError explains a mistake in the JSON. It starts from the last token that the decoder accepted.
func (r *reader) syntaxError() *Error {
	at := r.tokenStart()
	if len(r.open) == 0 {
		return r.badValue(at)
	}
	in := r.open[len(r.open)-1]
	_, length := r.dec.StackIndex(r.dec.StackDepth())
	if in.kind == kindObject && length%2 == 1 {
		if r.at(at) == ':' {
			return r.badValue(r.skipSpace(at + 1))
		}
		return r.fail(at, at+1, fmt.Sprintf("expected a colon after %q", in.members[len(in.members)-1].key))
	}
	if length > 0 {
		next, err := r.afterComma(at, in)
		if err != nil {
			return err
		}
		at = next
	}
	switch {
	case at == len(r.text):
		return r.unclosed(in)
	case in.kind == kindArray:
		return r.badValue(at)
	case strings.IndexByte(`'/#,`, r.text[at]) >= 0:
		return r.unexpected(at)
	case r.text[at] == '"':
		return r.badString(at)
	default:
		return r.fail(at, at+1, "expected a name in double quotes, or } to end the object")
	}
}

// afterComma is the offset after the comma that must follow a value, or the mistake instead of it.
func (r *reader) afterComma(at int, in *node) (int, *Error) {
	closing := byte('}')
	if in.kind == kindArray {
		closing = ']'
	}
	switch c := r.at(at); c {
	case ',':
		next := r.skipSpace(at + 1)
		if r.at(next) == closing {
			return at, r.fail(at, at+1, fmt.Sprintf("a comma before %c; remove it, nothing follows", closing))
		}
		return next, nil
	case 0:
		return at, r.unclosed(in)
	case '}', ']':
		return at, r.fail(at, at+1, fmt.Sprintf("expected %c, not %c, to end %s", closing, c, r.opened(in)))
	case '/', '#':
		return at, r.unexpected(at)
	default:
		return at, r.fail(at, at+1, fmt.Sprintf("expected a comma or %c here", closing))
	}
}

func (r *reader) unclosed(in *node) *Error {
	end := len(strings.TrimRight(r.text, " \t\r\n"))
	return r.fail(end, end, "the text ends here and "+r.opened(in)+" is not closed")
}

func (r *reader) opened(in *node) string {
	line, column := r.src.position(in.off)
	return fmt.Sprintf("the %s from line %d, column %d", strings.TrimPrefix(string(in.kind), "an "), line, column)
}

// badValue explains why no value can be read at an offset.
func (r *reader) badValue(at int) *Error {
	end := wordEnd(r.text, at)
	switch c := r.at(at); {
	case c == '"':
		return r.badString(at)
	case c == '-' || c >= '0' && c <= '9':
		return r.fail(at, max(end, at+1),
			"this is no number of JSON; those look like 0, -12, 3.5 or 6e7, other text goes in double quotes")
	case isLetter(c):
		word := r.text[at:end]
		return r.fail(at, end, fmt.Sprintf("%s is not in quotes; write %q, or true, false or null", word, word))
	default:
		return r.unexpected(at)
	}
}

// goodString matches a string up to its closing quote or its first mistake.
var goodString = regexp.MustCompile(`^"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`)

func (r *reader) badString(start int) *Error {
	at := start + len(goodString.FindString(r.text[start:]))
	switch {
	case at == len(r.text):
		return r.fail(start, start+1, "the string that begins here is not closed")
	case r.text[at] == '\n' || r.text[at] == '\r':
		return r.fail(start, at, "the string that begins here is not closed before the end of the line")
	case r.text[at] == '\\':
		return r.fail(at, at+2,
			`this is no escape of JSON; those are \" \\ \/ \b \f \n \r \t and \u with four hex digits`)
	default:
		return r.fail(at, at+1,
			fmt.Sprintf("a control character stands in the string; write it as \\u%04x", r.text[at]))
	}
}

// unexpected explains a byte that begins no value.
func (r *reader) unexpected(at int) *Error {
	if at == len(r.text) {
		return r.fail(at, at, "the text ends here, a value is missing")
	}
	reason := "expected a value here: an object, an array, a string in double quotes, a number, true, false or null"
	switch c := r.text[at]; c {
	case '\'':
		reason = "strings are written in double quotes, not in single ones"
	case '/', '#':
		reason = "JSON has no comments; remove this one"
	case ',':
		reason = "a value is missing before this comma"
	case '}', ']':
		reason = fmt.Sprintf("a value is missing before this %c", c)
	case '+', '.':
		reason = "a number begins with a digit or with a minus sign"
	}
	return r.fail(at, at+1, reason)
}

func (r *reader) fail(off, end int, reason string) *Error { return r.src.errorAt(off, end, "", reason) }

// at is the byte at an offset, or 0 at the end of the text.
func (r *reader) at(off int) byte {
	if off == len(r.text) {
		return 0
	}
	return r.text[off]
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}

// wordEnd is the end of what a person would take for one word or number.
func wordEnd(text string, at int) int {
	for at < len(text) && (isLetter(text[at]) || strings.IndexByte("0123456789.-+:", text[at]) >= 0) {
		at++
	}
	return at
}
