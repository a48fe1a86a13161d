package pattern

import (
	"bytes"
	"errors"
	"io"
	"slices"
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
	at       span
	raw      string  // as it is written; empty for an object or an array
	text     string  // the same, but for a string its value, without quotes and escapes
	children []*node // of an array or an object, in the order of the text; a name may occur twice
	name     string  // of a member of an object
	nameAt   span
}

// decoding makes the decoder accept what EventBridge accepts, such as half of a surrogate pair, which the decoder takes
// for invalid UTF-8.
var decoding = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// readJSON reads a text that must be one JSON value; want names in messages what was expected.
func readJSON(src *source, want string) (*node, *Error) {
	for at, c := range src.text {
		if c == utf8.RuneError && !strings.HasPrefix(src.text[at:], "\ufffd") {
			return nil, src.errorAt(span{at, at + 1}, "this is not UTF-8; save the file as UTF-8")
		}
	}
	r := &reader{text: src.text, dec: jsontext.NewDecoder(bytes.NewBufferString(src.text), decoding...)}
	n, err := r.value()
	switch {
	case errors.Is(err, io.EOF):
		end := len(src.text)
		return nil, src.errorAt(span{end, end}, "there is no JSON here; expected %s", want)
	case err != nil:
		return nil, src.syntaxError(0, err)
	}
	rest := strings.TrimLeft(src.text[n.at.to:], " \t\r\n")
	if at := len(src.text) - len(rest); rest != "" {
		return nil, src.errorAt(span{at, at + 1}, "the JSON ends before this; put several values into one array")
	}
	return n, nil
}

// reader turns the tokens of a text into nodes.
type reader struct {
	text string
	dec  *jsontext.Decoder
}

func (r *reader) value() (*node, error) {
	switch r.dec.PeekKind() {
	case '{':
		return r.nested(kindObject)
	case '[':
		return r.nested(kindArray)
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	at := r.last(len(raw))
	n := &node{kind: kindLiteral, at: at, raw: r.text[at.from:at.to]}
	n.text = n.raw
	switch raw.Kind() {
	case '"':
		n.kind, n.text = kindString, unquote(n.raw)
	case '0':
		n.kind = kindNumber
	}
	return n, nil
}

// nested reads an object or an array.
func (r *reader) nested(k kind) (*node, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	n := &node{kind: k, at: r.last(1)}
	for {
		if next := r.dec.PeekKind(); next == '}' || next == ']' {
			break
		}
		child, err := r.child(k)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	_, err := r.dec.ReadToken()
	n.at.to = int(r.dec.InputOffset())
	return n, err
}

// child reads the next item of an array, or the next name and value of an object.
func (r *reader) child(in kind) (*node, error) {
	if in == kindArray {
		return r.value()
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	at := r.last(len(raw))
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	n.name, n.nameAt = unquote(r.text[at.from:at.to]), at
	return n, nil
}

// last returns the place of the last token, which is length bytes long.
func (r *reader) last(length int) span {
	end := int(r.dec.InputOffset())
	return span{end - length, end}
}

// syntaxError explains what the decoder refused; start is the offset in its input at which the source begins.
func (s *source) syntaxError(start int64, err error) *Error {
	bad := new(jsontext.SyntacticError)
	if !errors.As(err, &bad) {
		return s.errorAt(span{}, "%v", err)
	}
	at := min(int(bad.ByteOffset-start), len(s.text))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		at = len(strings.TrimRight(s.text, " \t\r\n"))
		return s.errorAt(span{at, at}, "the text ends here; something is not closed, or a value is missing")
	}
	return s.errorAt(span{at, at + 1}, "%v%s", bad.Err, hintAt(s.text[at:]))
}

// hintAt returns a hint at the mistake that most often causes a text like this where a value should begin, or "".
func hintAt(text string) string {
	rest := strings.TrimLeft(strings.TrimPrefix(text, ","), " \t\r\n")
	switch c := (text + " ")[0]; {
	case c == ',' && strings.IndexByte("]}", (rest + " ")[0]) >= 0:
		return "; remove the comma, nothing follows"
	case c == '/' || c == '#':
		return "; JSON has no comments"
	case c == '\'' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return "; put text in double quotes"
	}
	return ""
}

// unquote returns the value of a quoted JSON string.
func unquote(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return quoted[1 : len(quoted)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the decoder has accepted it
	return string(text)
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
