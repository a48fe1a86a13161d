package pattern

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// DefaultLimit is how many characters a pattern may have: EventBridge's quota "event pattern size", which AWS raises on
// request (Amazon EventBridge quotas, in its user guide). White space is not sent and does not count.
const DefaultLimit = 2048

// MaxNameLength is how long a pattern's name may be. EventBridge allows 64 characters for a rule, whose name is the
// stack's name, a hyphen and this: 15 are left for the stack.
const MaxNameLength = 48

// Named is one pattern of a set.
type Named struct {
	Name         string // "" where it has none
	Pattern      *Pattern
	Line, Column int // of the name, or of the pattern without one
}

const setForms = `an event pattern, an array of them or an object of name → pattern`

// ParseSet reads an array of event patterns, an object of name → pattern, or a single pattern. Each may be the
// EventPattern of a rule as AWS's tools write it. An object names patterns when every value in it is an object and no
// name is a field of events, such as source or detail. The file is used in messages only. A limit of 0 stands for
// DefaultLimit. The error joins every mistake of the set, each an *Error with its place, in the order of the text.
func ParseSet(file string, text []byte, limit int) ([]Named, error) {
	src := newSource(file, text)
	root, err := new(reader).read(src, setForms)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	s := &set{src: src, limit: limit, names: map[string]place{}, canonical: map[string]place{}}
	s.root(root)
	if len(s.errs) > 0 {
		slices.SortStableFunc(s.errs, comparePlace)
		joined := make([]error, 0, len(s.errs))
		for _, err := range s.errs {
			joined = append(joined, err)
		}
		return nil, errors.Join(joined...)
	}
	return s.named, nil
}

// set is a set that is being read.
type set struct {
	src       *source
	limit     int
	errs      []*Error
	named     []Named
	names     map[string]place // where each name was first
	canonical map[string]place // where each pattern was first
}

type place struct {
	name         string
	line, column int
}

func (p place) String() string {
	if p.name != "" {
		return fmt.Sprintf("%q on line %d, column %d", p.name, p.line, p.column)
	}
	return fmt.Sprintf("the one on line %d, column %d", p.line, p.column)
}

func (s *set) fail(off, end int, path, reason string) {
	s.errs = append(s.errs, s.src.errorAt(off, end, path, reason))
}

func (s *set) root(n *node) {
	switch {
	case n.kind != kindArray && n.kind != kindObject:
		s.fail(n.off, n.end, "", fmt.Sprintf("expected %s, this is %s", setForms, n.kind))
	case len(n.items)+len(n.members) == 0:
		s.fail(n.off, n.end, "", fmt.Sprintf("there is no pattern in %s; expected %s", n.kind, setForms))
	case n.kind == kindObject && !namesPatterns(n):
		s.add(n, place{})
	default:
		for _, item := range n.items {
			s.add(item, place{})
		}
		for _, m := range n.members {
			s.member(m)
		}
	}
}

// namesPatterns tells patterns with names from one pattern. A name leads to an object and is no field of events; and at
// least one of those objects has something much like a field of events, for a pattern may ask for a field that no event
// has.
func namesPatterns(n *node) bool {
	known := false
	for _, m := range n.members {
		if m.value.kind != kindObject || m.key == "" || isEventField(m.key) || wrapped(n) != nil {
			return false
		}
		known = known || slices.ContainsFunc(m.value.members, func(inner member) bool {
			return isEventField(inner.key) || inner.key == wrapper || didYouMean(inner.key, envelope) != ""
		})
	}
	return known
}

// isEventField tells whether a pattern's name begins at a field that events have; names with dots lead into them.
func isEventField(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	return name == "$or" || slices.Contains(envelope, first)
}

// wrapper is the field of a rule, in CloudFormation and in AWS's API, that holds the pattern.
const wrapper = "EventPattern"

// wrapped is the place where a rule holds its pattern, or nil when an object is no rule.
func wrapped(n *node) *member {
	at := slices.IndexFunc(n.members, func(m member) bool { return m.key == wrapper && m.value.kind == kindObject })
	if at < 0 || slices.ContainsFunc(n.members, func(m member) bool { return isEventField(m.key) }) {
		return nil
	}
	return &n.members[at]
}

func (s *set) member(m member) {
	line, column := s.src.position(m.off)
	at := place{m.key, line, column}
	if first, ok := s.names[m.key]; ok {
		s.fail(m.off, m.end, m.key, fmt.Sprintf("the name %q is taken, first on line %d, column %d; "+
			"each pattern needs its own", m.key, first.line, first.column))
	} else {
		s.names[m.key] = at
		s.checkName(m)
	}
	s.add(m.value, at)
}

func (s *set) checkName(m member) {
	const want = "letters, digits, dots, hyphens and underscores"
	rest := strings.TrimLeft(m.key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
	switch {
	case m.key == "":
		s.fail(m.off, m.end, "", "the name is empty; it names the rule, of "+want)
	case rest != "":
		r, _ := utf8.DecodeRuneInString(rest)
		s.fail(m.off, m.end, m.key, fmt.Sprintf("%q cannot be in the name of a rule; %q must be of %s", r, m.key, want))
	case len(m.key) > MaxNameLength:
		s.fail(m.off, m.end, m.key, fmt.Sprintf("the name has %d characters, at most %d are accepted; "+
			"the rule is named after the stack and this, in 64", len(m.key), MaxNameLength))
	}
}

// add checks one pattern and puts it into the set.
func (s *set) add(n *node, at place) {
	if at.line == 0 {
		at.line, at.column = s.src.position(n.off)
	}
	rule := wrapped(n)
	if rule != nil {
		n = rule.value
	}
	p, errs := compile(s.src, n)
	for _, err := range errs {
		err.Path = strings.TrimPrefix(err.Path, ".")
	}
	s.errs = append(s.errs, errs...)
	if p == nil {
		return
	}
	if rule != nil {
		p.warnings = append(p.warnings, s.src.errorAt(rule.off, rule.end, "", fmt.Sprintf("this is a rule; "+
			"what is in its %q is taken as the pattern, and nothing else of it", wrapper)))
	}
	if size := utf8.RuneCount(p.text); size > s.limit {
		s.fail(n.off, n.off+1, "", fmt.Sprintf("the pattern has %d characters without white space, the limit is %d; "+
			"shorten or split it, or have AWS raise the quota", size, s.limit))
	}
	key := string(p.Canonical())
	if first, ok := s.canonical[key]; ok {
		s.fail(n.off, n.off+1, at.name, fmt.Sprintf("this pattern means the same as %s; "+
			"every event would be delivered twice, remove one", first))
	} else {
		s.canonical[key] = at
	}
	s.named = append(s.named, Named{Name: at.name, Pattern: p, Line: at.line, Column: at.column})
}

func comparePlace(a, b *Error) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
