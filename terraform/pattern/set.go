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

const setForms = `an event pattern, an array of patterns, or an object with a pattern for each name`

// ParseSet reads an array of event patterns, an object with a pattern for each name, or a single pattern. A pattern
// can also be given as a rule in the form of AWS's tools, with the pattern in the field EventPattern. An object is a
// set of named patterns, and not one pattern, if every value in it is an object, no name is a field of events, such as
// source or detail, and the other conditions of namesPatterns hold. The file is used only in messages. The error joins
// an *Error for every mistake of the set, in the order of the text.
func ParseSet(file string, text []byte, limit int) ([]*Pattern, error) {
	src := newSource(file, text)
	root, bad := src.readJSON(setForms)
	if bad != nil {
		return nil, bad
	}
	s := &set{source: src, limit: limit, meanings: map[string]string{}}
	s.read(root)
	if len(s.mistakes) == 0 {
		return s.patterns, nil
	}
	slices.SortStableFunc(s.mistakes, comparePlace)
	var joined []error
	for _, err := range s.mistakes {
		joined = append(joined, err)
	}
	return nil, errors.Join(joined...)
}

// set is a set that is being read.
type set struct {
	*source
	limit    int
	patterns []*Pattern
	mistakes []*Error
	meanings map[string]string // where the first pattern with each meaning is
}

func (s *set) fail(at span, format string, args ...any) {
	s.mistakes = append(s.mistakes, s.errorAt(at, format, args...))
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
		for _, child := range n.children {
			if first := n.member(child.name); n.kind == kindObject && first != child {
				s.fail(child.nameAt, "the name %q is already used on %s; each pattern needs a name of its own", child.name,
					s.place(first.nameAt.from))
			}
			s.add(child)
		}
	}
}

// namesPatterns reports whether n is an object with a pattern for each name, and not a single pattern: every value is
// an object, no name is a field of events, and at least one of the objects has a field of events, or a name with a
// similar spelling. Without the last condition, a single pattern for a field that no event has would count as a set.
func namesPatterns(n *node) bool {
	known := false
	for _, m := range n.children {
		if m.kind != kindObject || m.name == "" || isEventField(m) || m.name == wrapper {
			return false
		}
		known = known || slices.ContainsFunc(m.children, func(field *node) bool {
			return isEventField(field) || field.name == wrapper || nearest(field.name, envelope) != ""
		})
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

// add checks one pattern and adds it to the set.
func (s *set) add(n *node) {
	begin, title := n.at.from, "the one"
	if n.name != "" {
		begin, title = n.nameAt.from, strconv.Quote(n.name)
	}
	rule := n.member(wrapper)
	if rule == nil || rule.kind != kindObject || slices.ContainsFunc(n.children, isEventField) {
		rule = n
	}
	p := compile(s.source, rule)
	p.Name = n.name
	p.Line, p.Column = s.position(begin)
	s.patterns = append(s.patterns, p)
	s.mistakes = append(s.mistakes, p.mistakes...)
	if len(p.mistakes) > 0 {
		return
	}
	brace := span{rule.at.from, rule.at.from + 1}
	if size := utf8.RuneCountInString(p.Text); size > s.limit {
		s.fail(brace, "the pattern has %d characters without white space, the limit is %d; "+
			"shorten or split it, or ask AWS to raise the quota", size, s.limit)
	}
	meaning := p.meaning()
	if first, ok := s.meanings[meaning]; ok {
		s.fail(brace, "this pattern means the same as %s; every event would be delivered twice, remove one", first)
	} else {
		s.meanings[meaning] = title + " on " + s.place(begin)
	}
}
