package pattern

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DefaultLimit is how many characters a pattern may have: EventBridge's quota "event pattern size", which AWS raises on
// request (Amazon EventBridge quotas, in its user guide). White space is not sent and does not count.
const DefaultLimit = 2048

// Named is one pattern of a set.
type Named struct {
	Name         string // "" if it has none
	Pattern      *Pattern
	Line, Column int // of the name, or of the pattern if it has no name
}

const setForms = `an event pattern, an array of patterns, or an object with a pattern for each name`

// ParseSet reads an array of event patterns, an object with a pattern for each name, or a single pattern. A pattern
// can also be given as a rule in the form of AWS's tools, with the pattern in the field EventPattern. An object is a
// set of named patterns, and not one pattern, if every value in it is an object, no name is a field of events, such as
// source or detail, and the other conditions of namesPatterns hold. The file is used only in messages. A limit of 0
// stands for DefaultLimit. The error joins an *Error for every mistake of the set, in the order of the text.
func ParseSet(file string, text []byte, limit int) ([]Named, error) {
	src := newSource(file, text)
	root, bad := readJSON(src, setForms)
	if bad != nil {
		return nil, bad
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	s := &set{mistakes: mistakes{src: src}, limit: limit, meanings: map[string]string{}}
	s.read(root)
	if len(s.errs) == 0 {
		return s.named, nil
	}
	slices.SortStableFunc(s.errs, comparePlace)
	var joined []error
	for _, err := range s.errs {
		joined = append(joined, err)
	}
	return nil, errors.Join(joined...)
}

// set is a set that is being read.
type set struct {
	mistakes
	limit    int
	named    []Named
	meanings map[string]string // where the first pattern with each meaning is
}

func (s *set) read(n *node) {
	switch {
	case n.kind != kindArray && n.kind != kindObject:
		s.fail(n.at, "expected %s, this is %s", setForms, n.kind)
	case len(n.children) == 0:
		s.fail(n.at, "there is no pattern in %s; expected %s", n.kind, setForms)
	case n.kind == kindObject && !namesPatterns(n):
		s.add(n)
	default:
		names := map[string]*node{}
		for _, child := range n.children {
			if first := names[child.name]; first != nil && n.kind == kindObject {
				s.fail(child.nameAt, "the name %q is already used on %s; each pattern needs a name of its own", child.name,
					s.src.place(first.nameAt.from))
			} else {
				names[child.name] = child
			}
			s.add(child)
		}
	}
}

// namesPatterns reports whether n is an object with a pattern for each name, and not a single pattern: every value is
// an object, no name is a field of events, and at least one of the objects has a field of events, or a name with a
// similar spelling. Without the last condition, a single pattern for a field that no event has would count as a set.
func namesPatterns(n *node) bool {
	isPattern := func(field *node) bool {
		return isEventField(field) || field.name == wrapper || nearest(field.name, envelope) != ""
	}
	known := false
	for _, m := range n.children {
		if m.kind != kindObject || m.name == "" || isEventField(m) || m.name == wrapper {
			return false
		}
		known = known || slices.ContainsFunc(m.children, isPattern)
	}
	return known
}

// isEventField reports whether a member is a field of events, or a path with dots that begins with one.
func isEventField(m *node) bool {
	first, _, _ := strings.Cut(m.name, ".")
	return m.name == "$or" || slices.Contains(envelope, first)
}

// wrapper is the field of a rule, in CloudFormation and in AWS's API, that holds the pattern.
const wrapper = "EventPattern"

// unwrap returns the pattern of a rule, or n if it is not a rule.
func unwrap(n *node) *node {
	at := slices.IndexFunc(n.children, func(m *node) bool { return m.name == wrapper && m.kind == kindObject })
	if at < 0 || slices.ContainsFunc(n.children, isEventField) {
		return n
	}
	return n.children[at]
}

// add checks one pattern and adds it to the set.
func (s *set) add(n *node) {
	named := Named{Name: n.name}
	at, title := n.at.from, "the one"
	if n.name != "" {
		at, title = n.nameAt.from, strconv.Quote(n.name)
	}
	named.Line, named.Column = s.src.position(at)
	n = unwrap(n)
	p, errs := compile(s.src, n)
	s.errs = append(s.errs, errs...)
	if p == nil {
		return
	}
	begin := span{n.at.from, n.at.from + 1}
	if size := utf8.RuneCountInString(p.text); size > s.limit {
		s.fail(begin, "the pattern has %d characters without white space, the limit is %d; "+
			"shorten or split it, or ask AWS to raise the quota", size, s.limit)
	}
	meaning := p.meaning()
	if first, ok := s.meanings[meaning]; ok {
		s.fail(begin, "this pattern means the same as %s; every event would be delivered twice, remove one", first)
	} else {
		s.meanings[meaning] = title + " on " + s.src.place(at)
	}
	named.Pattern = p
	s.named = append(s.named, named)
}
