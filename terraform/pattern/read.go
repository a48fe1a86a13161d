package pattern

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// kind is what a JSON value is, and the word for it in messages.
type kind string

const (
	kindObject  kind = "an object"
	kindArray   kind = "an array"
	kindString  kind = "a string"
	kindNumber  kind = "a number"
	kindLiteral kind = "true, false or null"
)

// node is a JSON value and where it stands.
type node struct {
	kind     kind
	off, end int
	text     string // of a string what it means, of a number or a literal how it is written
	members  []member
	items    []*node
}

// member is a name in an object and its value, in the order of the text and with whatever is there twice.
type member struct {
	key      string
	off, end int
	value    *node
}

// reader turns a text into nodes, and stops at the first mistake.
type reader struct {
	src   *source
	text  []byte
	pos   int
	depth int
}

// read reads the one JSON value that the whole text must be; want says in a message what was expected.
func (s *source) read(want string) (*node, *Error) {
	r := &reader{src: s, text: s.text}
	if err := r.encoding(); err != nil {
		return nil, err
	}
	if r.peek() == 0 && r.pos == len(r.text) {
		return nil, r.fail(r.pos, r.pos, "there is no JSON here; expected "+want)
	}
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.peek(); r.pos < len(r.text) {
		return nil, r.fail(r.pos, r.pos+1,
			"the JSON ends before this; several of something go into one array")
	}
	return n, nil
}

func (r *reader) fail(off, end int, reason string) *Error { return r.src.errorAt(off, end, "", reason) }

// encoding refuses what is not UTF-8, which is all that JSON may be.
func (r *reader) encoding() *Error {
	if utf8.Valid(r.text) {
		return nil
	}
	for i := 0; i < len(r.text); {
		c, size := utf8.DecodeRune(r.text[i:])
		if c == utf8.RuneError && size == 1 {
			return r.fail(i, i+1, "this is not UTF-8; save the file as UTF-8")
		}
		i += size
	}
	return nil
}

// peek skips white space and shows the next byte, 0 at the end.
func (r *reader) peek() byte {
	r.pos = spaceEnd(r.text, r.pos)
	if r.pos == len(r.text) {
		return 0
	}
	return r.text[r.pos]
}

func (r *reader) value() (*node, *Error) {
	switch c := r.peek(); {
	case c == '{' || c == '[':
		if r.depth++; r.depth > maxDepth {
			return nil, r.fail(r.pos, r.pos+1, fmt.Sprintf("nested deeper than %d levels", maxDepth))
		}
		defer func() { r.depth-- }()
		if c == '{' {
			return r.object()
		}
		return r.array()
	case c == '"':
		return r.str()
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case isLetter(c):
		return r.word()
	default:
		return nil, r.unexpected()
	}
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}

func (r *reader) object() (*node, *Error) {
	n := &node{kind: kindObject, off: r.pos}
	r.pos++
	for r.peek() != '}' {
		m, err := r.member(n)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, m)
		if err := r.comma('}', n); err != nil {
			return nil, err
		}
	}
	r.pos++
	n.end = r.pos
	return n, nil
}

func (r *reader) member(in *node) (member, *Error) {
	switch c := r.peek(); {
	case c == 0:
		return member{}, r.unclosed(in)
	case c == '\'' || c == '/' || c == '#' || c == ',':
		return member{}, r.unexpected()
	case c != '"':
		return member{}, r.fail(r.pos, r.pos+1, "expected a name in double quotes, or } to end the object")
	}
	key, err := r.str()
	if err != nil {
		return member{}, err
	}
	if r.peek() != ':' {
		return member{}, r.fail(r.pos, r.pos+1, fmt.Sprintf("expected a colon after %q", key.text))
	}
	r.pos++
	value, err := r.value()
	return member{key: key.text, off: key.off, end: key.end, value: value}, err
}

func (r *reader) array() (*node, *Error) {
	n := &node{kind: kindArray, off: r.pos}
	r.pos++
	for r.peek() != ']' {
		if r.pos == len(r.text) {
			return nil, r.unclosed(n)
		}
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		if err := r.comma(']', n); err != nil {
			return nil, err
		}
	}
	r.pos++
	n.end = r.pos
	return n, nil
}

// comma takes the comma between two values, and refuses one before the end or none between two.
func (r *reader) comma(closing byte, in *node) *Error {
	switch c := r.peek(); c {
	case closing:
		return nil
	case ',':
		at := r.pos
		r.pos++
		if next := r.peek(); next == closing {
			return r.fail(at, at+1, fmt.Sprintf("a comma before %c; remove it, nothing follows", closing))
		}
		return nil
	case 0:
		return r.unclosed(in)
	case '}', ']':
		return r.fail(r.pos, r.pos+1, fmt.Sprintf("expected %c, not %c, to end %s", closing, c, r.opened(in)))
	case '/', '#':
		return r.unexpected()
	default:
		return r.fail(r.pos, r.pos+1, fmt.Sprintf("expected a comma or %c here", closing))
	}
}

func (r *reader) unclosed(in *node) *Error {
	end := len(bytes.TrimRight(r.text, " \t\r\n"))
	return r.fail(end, end, "the text ends here and "+r.opened(in)+" is not closed")
}

func (r *reader) opened(in *node) string {
	line, column := r.src.position(in.off)
	what := "the object"
	if in.kind == kindArray {
		what = "the array"
	}
	return fmt.Sprintf("%s from line %d, column %d", what, line, column)
}
