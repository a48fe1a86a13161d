package pattern

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
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
	at       span
	raw      string  // as it is written; empty for an object or an array
	text     string  // the same, but for a string its value, without quotes and escapes
	children []*node // of an array or an object, in the order of the text; a name may occur twice
	name     string  // of a member of an object
	nameAt   span
}

// member returns the first member of an object that has this name, or nil.
func (n *node) member(name string) *node {
	for _, m := range n.children {
		if m.name == name {
			return m
		}
	}
	return nil
}

// decoding makes the decoder accept what EventBridge accepts, such as half of a surrogate pair, which the decoder takes
// for invalid UTF-8.
var decoding = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

var errNotUTF8 = errors.New("this is not UTF-8")

// readNode reads the next JSON value.
func readNode(dec *jsontext.Decoder) (*node, error) {
	switch dec.PeekKind() {
	case '{':
		return readNested(dec, kindObject)
	case '[':
		return readNested(dec, kindArray)
	}
	raw, at, err := readText(dec)
	if err != nil {
		return nil, err
	}
	n := &node{kind: kindLiteral, at: at, raw: raw, text: raw}
	switch jsontext.Value(raw).Kind() {
	case '"':
		n.kind, n.text = kindString, unquote(raw)
	case '0':
		n.kind = kindNumber
	}
	return n, nil
}

// readNested reads an object or an array.
func readNested(dec *jsontext.Decoder, k kind) (*node, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	n := &node{kind: k}
	n.at.from = int(dec.InputOffset()) - 1
	for next := dec.PeekKind(); next != '}' && next != ']'; next = dec.PeekKind() {
		var name string
		var nameAt span
		if k == kindObject {
			var err error
			if name, nameAt, err = readText(dec); err != nil {
				return nil, err
			}
		}
		child, err := readNode(dec)
		if err != nil {
			return nil, err
		}
		if k == kindObject {
			child.name, child.nameAt = unquote(name), nameAt
		}
		n.children = append(n.children, child)
	}
	_, err := dec.ReadToken()
	n.at.to = int(dec.InputOffset())
	return n, err
}

// readText reads a string, a number or a literal as it is written.
func readText(dec *jsontext.Decoder) (raw string, at span, err error) {
	value, err := dec.ReadValue()
	if err != nil {
		return "", span{}, err
	}
	end := int(dec.InputOffset())
	at = span{end - len(value), end}
	if !utf8.Valid(value) {
		_, valid, _ := transform.Bytes(encoding.UTF8Validator, value)
		err = &jsontext.SyntacticError{ByteOffset: int64(at.from + valid), Err: errNotUTF8}
	}
	return string(value), at, err
}

// unquote returns the value of a quoted JSON string.
func unquote(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return quoted[1 : len(quoted)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the decoder has accepted it
	return string(text)
}

// readJSON reads a text that must be one JSON value; want names in messages what was expected.
func (s *source) readJSON(want string) (*node, *Error) {
	n, err := readNode(jsontext.NewDecoder(strings.NewReader(s.text), decoding...))
	end := len(s.text)
	if bad := new(jsontext.SyntacticError); errors.As(err, &bad) {
		at, reason := explainSyntax(bad, s.text, 0)
		return nil, s.errorAt(span{at, at + 1}, "%s", reason)
	}
	if err != nil {
		return nil, s.errorAt(span{end, end}, "there is no JSON here; expected %s", want)
	}
	if rest := strings.TrimLeft(s.text[n.at.to:], " \t\r\n"); rest != "" {
		at := end - len(rest)
		return nil, s.errorAt(span{at, at + 1}, "the JSON ends before this; put several values into one array")
	}
	return n, nil
}

// explainSyntax returns where the decoder found a mistake, and what it is. The text is what it has read from start on.
func explainSyntax(bad *jsontext.SyntacticError, text string, start int) (at int, reason string) {
	if errors.Is(bad, io.ErrUnexpectedEOF) {
		at = start + len(strings.TrimRight(text, " \t\r\n"))
		return at, "the text ends here; something is not closed, or a value is missing"
	}
	at = int(bad.ByteOffset)
	return at, bad.Err.Error() + hintAt(text[at-start:])
}

// hintAt returns a hint at the mistake that most often causes a text like this where a value should begin, or "".
func hintAt(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	rest := strings.TrimLeft(strings.TrimPrefix(text, ","), " \t\r\n")
	switch {
	case r == ',' && (strings.HasPrefix(rest, "]") || strings.HasPrefix(rest, "}")):
		return "; remove the comma, nothing follows"
	case r == '/' || r == '#':
		return "; JSON has no comments"
	case r == utf8.RuneError && size == 1:
		return "; save the file as UTF-8"
	case r != '"' && (unicode.IsLetter(r) || unicode.Is(unicode.Quotation_Mark, r)):
		return "; put text in double quotes"
	}
	return ""
}

// compact returns a value without white space. If an object contains the same name twice, it does what EventBridge
// does: it merges the values if they are objects, and otherwise keeps the last one.
func (s *source) compact(n *node) string {
	var parts []string
	switch n.kind {
	case kindArray:
		for _, item := range n.children {
			parts = append(parts, s.compact(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case kindObject:
		for i, m := range n.children {
			hasName := func(o *node) bool { return o.name == m.name }
			if slices.ContainsFunc(n.children[i+1:], hasName) {
				continue
			}
			merged := *m
			for _, before := range slices.Backward(n.children[:i]) {
				if hasName(before) && m.kind == kindObject {
					merged.children = slices.Concat(before.children, merged.children)
				}
			}
			parts = append(parts, s.text[m.nameAt.from:m.nameAt.to]+":"+s.compact(&merged))
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return n.raw
	}
}
