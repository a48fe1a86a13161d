package pattern

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// kind is the kind of a JSON value, and the word for it in messages.
type kind string

const (
	kindObject  kind = "an object"
	kindArray   kind = "an array"
	kindString  kind = "a string"
	kindNumber  kind = "a number"
	kindLiteral kind = "true, false or null"
)

// node is a JSON value and its place in the text.
type node struct {
	kind     kind
	off, end int
	text     string // a string without quotes and escapes; a number or a literal as it is written
	members  []member
	items    []*node
}

// member is a name in an object and its value, in the order of the text. A name may be there twice.
type member struct {
	key      string
	off, end int
	value    *node
}

// isCall tells whether a node is an object with this one name, such as {"prefix": "aws."}.
func (n *node) isCall(name string) bool {
	return n.kind == kindObject && len(n.members) == 1 && n.members[0].key == name
}

// maxDepth bounds how deep objects and arrays may be nested, in patterns and in events; EventBridge's parser has the
// same bound.
const maxDepth = 1000

// reader turns a text into nodes, and stops at the first mistake.
type reader struct {
	src  *source
	text string
	dec  jsontext.Decoder
	open []*node // the objects and arrays around the next token

	nodes []*node // all that were needed so far; the next text uses them again
	used  int
}

// read reads the one JSON value that the whole text must be; want says in a message what was expected. The nodes are
// valid until the next text is read.
func (r *reader) read(src *source, want string) (*node, *Error) {
	if err := src.checkEncoding(); err != nil {
		return nil, err
	}
	r.src, r.text, r.open, r.used = src, src.text, r.open[:0], 0
	// Half a surrogate pair counts as invalid UTF-8 to the decoder, and EventBridge accepts it.
	r.dec.Reset(strings.NewReader(src.text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if start := r.tokenStart(); start == len(r.text) {
		return nil, r.fail(start, start, "there is no JSON here; expected "+want)
	}
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	if end := r.tokenStart(); end < len(r.text) {
		return nil, r.fail(end, end+1, "the JSON ends before this; several of something go into one array")
	}
	return n, nil
}

// checkEncoding refuses what is not UTF-8, the only encoding of JSON.
func (s *source) checkEncoding() *Error {
	if utf8.ValidString(s.text) {
		return nil
	}
	at := 0
	for {
		c, size := utf8.DecodeRuneInString(s.text[at:])
		if c == utf8.RuneError && size == 1 {
			return s.errorAt(at, at+1, "", "this is not UTF-8; save the file as UTF-8")
		}
		at += size
	}
}

// tokenStart is where the next token begins, or the mistake instead of it.
func (r *reader) tokenStart() int { return r.skipSpace(int(r.dec.InputOffset())) }

// skipSpace is the offset of the next byte that is no white space.
func (r *reader) skipSpace(off int) int {
	return len(r.text) - len(strings.TrimLeft(r.text[off:], " \t\r\n"))
}

// node is a new node, or one of an earlier text, whose slices keep their capacity.
func (r *reader) node(off, end int) *node {
	if r.used == len(r.nodes) {
		r.nodes = append(r.nodes, &node{})
	}
	n := r.nodes[r.used]
	r.used++
	*n = node{off: off, end: end, members: n.members[:0], items: n.items[:0]}
	return n
}

func (r *reader) value() (*node, *Error) {
	switch r.dec.PeekKind() {
	case '{':
		return r.nested(kindObject)
	case '[':
		return r.nested(kindArray)
	default:
		return r.scalar()
	}
}

// nested reads an object or an array.
func (r *reader) nested(k kind) (*node, *Error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, r.syntaxError()
	}
	end := int(r.dec.InputOffset())
	n := r.node(end-1, end)
	n.kind = k
	if len(r.open) == maxDepth {
		return nil, r.fail(n.off, end, fmt.Sprintf("nested deeper than %d levels", maxDepth))
	}
	r.open = append(r.open, n)
	for {
		if next := r.dec.PeekKind(); next == '}' || next == ']' {
			break
		}
		if err := r.element(n); err != nil {
			return nil, err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, r.syntaxError()
	}
	r.open = r.open[:len(r.open)-1]
	n.end = int(r.dec.InputOffset())
	return n, nil
}

// element reads the next name and value of an object, or the next item of an array.
func (r *reader) element(n *node) *Error {
	if n.kind == kindArray {
		item, err := r.value()
		n.items = append(n.items, item)
		return err
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return r.syntaxError()
	}
	end := int(r.dec.InputOffset())
	m := member{off: end - len(raw), end: end}
	m.key = unquote(r.text[m.off:end])
	n.members = append(n.members, m)
	value, bad := r.value()
	n.members[len(n.members)-1].value = value
	return bad
}

// scalar reads what is no object and no array.
func (r *reader) scalar() (*node, *Error) {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return nil, r.syntaxError()
	}
	end := int(r.dec.InputOffset())
	n := r.node(end-len(raw), end)
	n.text = r.text[n.off:end]
	switch raw.Kind() {
	case '"':
		n.kind = kindString
		n.text = unquote(n.text)
		return n, nil
	case '0':
		n.kind = kindNumber
	default:
		n.kind = kindLiteral
	}
	if wordEnd(r.text, end) > end { // 10.0.0.1 begins with a number
		return nil, r.badValue(n.off)
	}
	return n, nil
}

// surrogates are the escapes of surrogate pairs and of halves of them; other escapes match so that they are skipped.
var surrogates = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)`)

// unquote returns what a string in its quotes means. Half a surrogate pair has no UTF-8, and becomes a question mark as
// it does in EventBridge.
func unquote(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return quoted[1 : len(quoted)-1]
	}
	if strings.Contains(quoted, `\u`) {
		quoted = surrogates.ReplaceAllStringFunc(quoted, func(escape string) string {
			if len(escape) == len(`\ud800`) {
				return "?"
			}
			return escape
		})
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the decoder has accepted it
	return string(text)
}

// quote is a string in its quotes.
func quote(s string) string {
	text, _ := jsontext.AppendQuote(nil, s) // fails for what is not UTF-8 alone
	return string(text)
}

// appendJSON writes a value without white space.
func appendJSON(dst []byte, n *node) []byte {
	switch n.kind {
	case kindObject:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, quote(m.key)+":"...)
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case kindArray:
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case kindString:
		return append(dst, quote(n.text)...)
	default:
		return append(dst, n.text...)
	}
}
