package pattern

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const setForms = `an event pattern, an array of patterns, or an object with a pattern for each name`

// ParseSet reads an array of event patterns, an object with a pattern for each name, or a single pattern. A pattern can
// also be given as a rule in the form of AWS's tools, with the pattern in the field EventPattern. An object is a set of
// named patterns, and not one pattern, if every value in it is an object, no name is a field of events, such as source
// or detail, and at least one of the values has a field of events, or one that is spelled almost like it. The file is
// used only in messages. The limit is how many characters a pattern may have: EventBridge's quota "event pattern size",
// which is 2048 unless AWS has raised it (Amazon EventBridge quotas, in its user guide). White space is not sent and
// does not count. If there are mistakes, ParseSet returns all of them, in the order of the text, and no patterns.
func ParseSet(file string, text []byte, limit int) (patterns []*Pattern, mistakes []*Error) {
	src := newSource(file, text)
	root, bad := src.readJSON(setForms)
	if bad != nil {
		return nil, []*Error{bad}
	}
	nodes, mistakes := src.patternsIn(root)
	for _, n := range nodes {
		p := src.pattern(n, limit)
		patterns = append(patterns, p)
		mistakes = append(mistakes, p.mistakes...)
	}
	if len(mistakes) == 0 {
		return patterns, nil
	}
	slices.SortStableFunc(mistakes, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return nil, mistakes
}

// patternsIn returns the patterns of a set, and what is wrong with the set itself.
func (s *source) patternsIn(n *node) (patterns []*node, mistakes []*Error) {
	switch {
	case n.kind != kindArray && n.kind != kindObject:
		return nil, []*Error{s.errorAt(n.at, "expected %s, this is %s", setForms, n.kind)}
	case len(n.children) == 0:
		return nil, []*Error{s.errorAt(n.at, "there is no pattern in %s; expected %s", n.kind, setForms)}
	case n.kind == kindObject && !namesPatterns(n):
		return []*node{n}, nil
	}
	for _, child := range n.children {
		if first := n.member(child.name); n.kind == kindObject && first != child {
			mistakes = append(mistakes, s.errorAt(child.nameAt, "the name %q is already used on %s; each pattern needs a name "+
				"of its own", child.name, s.position(first.nameAt.from)))
		}
	}
	return n.children, mistakes
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

// pattern reads one pattern of a set.
func (s *source) pattern(n *node, limit int) *Pattern {
	rule := n.member(wrapper)
	if rule == nil || rule.kind != kindObject || slices.ContainsFunc(n.children, isEventField) {
		rule = n
	}
	p := compile(s, rule)
	p.Name = n.name
	p.Place = s.position(cmp.Or(n.nameAt, n.at).from)
	if size := utf8.RuneCountInString(p.Text); size > limit {
		p.fail(span{rule.at.from, rule.at.from + 1}, "the pattern has %d characters without white space, the limit is %d; "+
			"shorten or split it, or ask AWS to raise the quota", size, limit)
	}
	return p
}
