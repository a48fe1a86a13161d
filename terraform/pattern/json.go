package pattern

import (
	"bytes"
	"cmp"
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

// kinds holds the kinds by the decoder's names for them; all others are literals.
var kinds = [256]kind{'{': kindObject, '[': kindArray, '"': kindString, '0': kindNumber}

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

// readNode reads the next JSON value of the text.
func (s *source) readNode(dec *jsontext.Decoder) (n *node, err error) {
	n = &node{kind: cmp.Or(kinds[dec.PeekKind()], kindLiteral)}
	if n.kind != kindObject && n.kind != kindArray {
		value, err := dec.ReadValue()
		n.at.to = int(dec.InputOffset())
		n.at.from = n.at.to - len(value)
		n.raw, n.text = string(value), string(value)
		if n.kind == kindString {
			value, _ = jsontext.AppendUnquote(nil, value) // the decoder has accepted it
			n.text = string(value)
		}
		return n, err
	}
	if _, err = dec.ReadToken(); err != nil {
		return nil, err
	}
	n.at.from = int(dec.InputOffset()) - 1
	for next := dec.PeekKind(); next != '}' && next != ']'; next = dec.PeekKind() {
		name := &node{}
		if n.kind == kindObject {
			if name, err = s.readNode(dec); err != nil {
				return nil, err
			}
		}
		child, err := s.readNode(dec)
		if err != nil {
			return nil, err
		}
		child.name, child.nameAt = name.text, name.at
		n.children = append(n.children, child)
	}
	_, err = dec.ReadToken()
	n.at.to = int(dec.InputOffset())
	return n, err
}

// readJSON reads a text that must be one JSON value; want names in messages what was expected.
func (s *source) readJSON(want string) (*node, *Error) {
	n, err := s.readNode(jsontext.NewDecoder(bytes.NewBufferString(s.text), decoding...))
	if bad := new(jsontext.SyntacticError); errors.As(err, &bad) {
		at, reason := explainSyntax(bad, s.text, 0)
		return nil, s.errorAt(span{at, at + 1}, "%s", reason)
	}
	end := len(s.text)
	if err != nil {
		return nil, s.errorAt(span{end, end}, "there is no JSON here; expected %s", want)
	}
	if _, valid, err := transform.String(encoding.UTF8Validator, s.text); err != nil {
		return nil, s.errorAt(span{valid, valid + 1}, "this is not UTF-8; save the file as UTF-8")
	}
	if rest := strings.TrimLeft(s.text[n.at.to:], " \t\r\n"); rest != "" {
		at := end - len(rest)
		return nil, s.errorAt(span{at, at + 1}, "the JSON ends before this; put several values into one array")
	}
	return n, nil
}

// explainSyntax returns where in a text a decoder found a mistake, and what it is. The text is what it has read from
// start on.
func explainSyntax(bad *jsontext.SyntacticError, text string, start int) (at int, reason string) {
	if errors.Is(bad, io.ErrUnexpectedEOF) {
		return len(strings.TrimRight(text, " \t\r\n")), "the text ends here; something is not closed, or a value is missing"
	}
	at = int(bad.ByteOffset) - start
	return at, bad.Err.Error() + hintAt(text[at:])
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
