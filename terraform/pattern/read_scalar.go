package pattern

import "fmt"

// str reads a string, r.pos being at its opening quote.
func (r *reader) str() (*node, *Error) {
	start := r.pos
	end, escaped, ok := stringEnd(r.text, start)
	if !ok {
		return nil, r.badString(start, end)
	}
	r.pos = end
	text := r.text[start+1 : end-1]
	if escaped {
		text = unescape(nil, text)
	}
	return &node{kind: kindString, off: start, end: end, text: string(text)}, nil
}

func (r *reader) badString(start, at int) *Error {
	switch {
	case at == len(r.text):
		return r.fail(start, start+1, "the string that begins here is not closed")
	case r.text[at] == '\n' || r.text[at] == '\r':
		return r.fail(start, at, "the string that begins here is not closed before the end of the line")
	case r.text[at] == '\\':
		return r.fail(at, at+2, `this is no escape of JSON; those are \" \\ \/ \b \f \n \r \t and \u with four hex digits`)
	default:
		return r.fail(at, at+1, fmt.Sprintf("a control character stands in the string; write it as \\u%04x", r.text[at]))
	}
}

func (r *reader) number() (*node, *Error) {
	start := r.pos
	end, ok := numberEnd(r.text, start)
	word := wordEnd(r.text, max(start+1, end))
	if !ok || word > end {
		return nil, r.fail(start, max(word, start+1),
			"this is no number of JSON; those look like 0, -12, 3.5 or 6e7, other text goes in double quotes")
	}
	r.pos = end
	return &node{kind: kindNumber, off: start, end: end, text: string(r.text[start:end])}, nil
}

// word reads true, false or null.
func (r *reader) word() (*node, *Error) {
	start, end := r.pos, wordEnd(r.text, r.pos)
	switch text := string(r.text[start:end]); text {
	case "true", "false", "null":
		r.pos = end
		return &node{kind: kindLiteral, off: start, end: end, text: text}, nil
	default:
		return nil, r.fail(start, end, fmt.Sprintf("%s is not in quotes; write %q, or true, false or null", text, text))
	}
}

// wordEnd is the end of what a person would take for one word or number.
func wordEnd(b []byte, i int) int {
	for i < len(b) && (isLetter(b[i]) || b[i] >= '0' && b[i] <= '9' || b[i] == '.' || b[i] == '-' || b[i] == '+' || b[i] == ':') {
		i++
	}
	return i
}

// unexpected says of a byte that begins no value what is the matter with it.
func (r *reader) unexpected() *Error {
	if r.pos == len(r.text) {
		return r.fail(r.pos, r.pos, "the text ends here, a value is missing")
	}
	reason := "expected a value here: an object, an array, a string in double quotes, a number, true, false or null"
	switch c := r.text[r.pos]; c {
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
	return r.fail(r.pos, r.pos+1, reason)
}
