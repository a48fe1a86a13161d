package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// field is what one field of an event must hold for a pattern to match.
type field struct {
	path   string // its name, with those around it before dots
	at     string // its place in the pattern, such as $or[1].detail.state
	node   *node
	id     int  // number of the path among the pattern's paths
	absent bool // {"exists": false}: the field may be missing
	anyOf  []matcher
}

// rule is one way to match: all these fields, by number. Sorted by path, because what a missing field means depends on
// which array elements the fields before it have settled on.
type rule []int

// maxFields bounds the fields of a rule, as EventBridge's engine does, and maxRules how many rules the $ors of a
// pattern multiply to. EventBridge documents no number for the latter; a pattern of 2,048 characters reaches it only on
// purpose.
const (
	maxFields = 256
	maxRules  = 1000
)

// compiler goes over a pattern once and gathers every mistake.
type compiler struct {
	p    *Pattern
	errs []*Error
}

func compile(src *source, root *node) (*Pattern, []*Error) {
	c := &compiler{p: &Pattern{src: src, root: root, steps: &step{id: -1}}}
	if root.kind != kindObject {
		c.fail(root, "", fmt.Sprintf(`an event pattern is an object such as {"source": ["aws.ec2"]}, this is %s`, root.kind))
		return nil, c.errs
	}
	c.p.root = c.mergeDuplicates(root, scope{})
	rules := c.object(c.p.root, scope{}, []rule{nil})
	for _, r := range rules {
		slices.SortFunc(r, func(a, b int) int { return strings.Compare(c.p.fields[a].path, c.p.fields[b].path) })
	}
	if len(c.errs) == 0 {
		c.checkWildcards(rules)
	}
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, comparePlace)
		return nil, c.errs
	}
	c.p.finish(rules)
	c.warn()
	return c.p, nil
}

func (p *Pattern) finish(rules []rule) {
	p.text = p.compact()
	for i := range p.fields {
		p.fields[i].id = p.steps.add(p.fields[i].path)
	}
	p.rules = rules
	p.runs.New = func() any { return newRun(p) }
}

// compact is the pattern without white space, and as AWS reads it where a name is there twice: what rewrites JSON on
// the way to AWS keeps the last one alone.
func (p *Pattern) compact() []byte {
	if p.merged {
		return appendJSON(nil, p.root)
	}
	var text bytes.Buffer
	// The text has been read without a mistake, so this cannot fail.
	_ = json.Compact(&text, p.src.text[p.root.off:p.root.end])
	return text.Bytes()
}

// scope is where in a pattern an object stands.
type scope struct {
	path string // the field that holds it
	at   string // the same with the $ors that lie between
	inOr bool
}

func (s scope) in(name string) scope {
	return scope{path: dotted(s.path, name), at: dotted(s.at, name), inOr: s.inOr}
}

func dotted(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (c *compiler) fail(n *node, path, reason string) {
	c.errs = append(c.errs, c.p.src.errorAt(n.off, n.end, path, reason))
}

func (c *compiler) failAt(m member, path, reason string) {
	c.errs = append(c.errs, c.p.src.errorAt(m.off, m.end, path, reason))
}

// object adds the fields of an object to every rule, and returns the rules.
func (c *compiler) object(n *node, s scope, rules []rule) []rule {
	if len(n.members) == 0 {
		c.fail(n, s.at, "an empty object matches nothing; "+advice(s))
	}
	for _, m := range n.members {
		rules = c.member(m, s, rules)
	}
	return rules
}

func advice(s scope) string {
	if s.path == "" {
		return `name at least one field, such as {"source": ["aws.ec2"]}`
	}
	return fmt.Sprintf(`name a field in it, or write [{"exists": true}] for any event that has %q`, s.path)
}

func (c *compiler) member(m member, s scope, rules []rule) []rule {
	in := s.in(m.key)
	switch {
	case m.key == "$or":
		return c.or(m, s, rules)
	case s.inOr && slices.Contains(reservedInOr, m.key):
		c.failAt(m, in.at, fmt.Sprintf(`%q is a word for operators and cannot name a field inside "$or"; `+
			`an operator goes into the array of a field, such as {"source": [{"prefix": "aws."}]}`, m.key))
	case m.value.kind == kindObject:
		return c.object(m.value, in, rules)
	case m.value.kind == kindArray:
		return c.leaf(m, in, rules)
	default:
		c.fail(m.value, in.at, fmt.Sprintf("%q must be an array or an object, this is %s; write [%s]",
			m.key, m.value.kind, written(m.value)))
	}
	return rules
}

// reservedInOr are the names that EventBridge refuses for fields inside an $or: its operators and words kept for more.
var reservedInOr = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

// or makes of every rule as many as there are choices.
func (c *compiler) or(m member, s scope, rules []rule) []rule {
	at := dotted(s.at, "$or")
	if m.value.kind != kindArray {
		c.fail(m.value, at, fmt.Sprintf(`"$or" takes an array of two or more objects, such as `+
			`[{"source": ["aws.ec2"]}, {"account": ["123456789012"]}], this is %s`, m.value.kind))
		return rules
	}
	if len(m.value.items) < 2 {
		c.fail(m.value, at, fmt.Sprintf(`"$or" takes an array of two or more objects, this has %d; `+
			`fields that must all match need no "$or"`, len(m.value.items)))
	}
	var all []rule
	for i, item := range m.value.items {
		choice := scope{path: s.path, at: fmt.Sprintf("%s[%d]", at, i), inOr: true}
		if item.kind != kindObject {
			c.fail(item, choice.at, fmt.Sprintf(`the choices of "$or" are objects such as {"source": ["aws.ec2"]}, this is %s`,
				item.kind))
			continue
		}
		all = append(all, c.object(item, choice, slices.Clone(rules))...)
		if len(all) > maxRules {
			c.fail(m.value, at, fmt.Sprintf(`the "$or"s multiply to more than %d combinations; split the pattern`, maxRules))
			return rules
		}
	}
	return all
}

// leaf adds one field to every rule. A field that a rule has already is replaced, as EventBridge does.
func (c *compiler) leaf(m member, in scope, rules []rule) []rule {
	f := field{path: in.path, at: in.at, node: m.value}
	c.alternatives(&f)
	number := len(c.p.fields)
	c.p.fields = append(c.p.fields, f)
	for i, r := range rules {
		old := slices.IndexFunc(r, func(n int) bool { return c.p.fields[n].path == in.path })
		r = slices.Clone(r)
		if old < 0 {
			r = append(r, number)
		} else {
			c.replaced(m, in, c.p.fields[r[old]])
			r[old] = number
		}
		if len(r) > maxFields {
			c.failAt(m, in.at, fmt.Sprintf("more than %d fields; EventBridge takes no more in one pattern", maxFields))
			break
		}
		rules[i] = r
	}
	return rules
}

// replaced warns of a field that is given twice by way of a dotted name or an $or.
func (c *compiler) replaced(m member, in scope, old field) {
	c.p.ordered = true
	line, column := c.p.src.position(old.node.off)
	c.warnAt(m, in.at, fmt.Sprintf("%s is given on line %d, column %d as well; EventBridge forgets that one "+
		"and keeps this", in.path, line, column))
}

func (c *compiler) alternatives(f *field) {
	if len(f.node.items) == 0 {
		c.fail(f.node, f.at, `an empty array matches nothing; list the values that match, or write [{"exists": true}] for any`)
	}
	for i, item := range f.node.items {
		at := fmt.Sprintf("%s[%d]", f.at, i)
		switch item.kind {
		case kindObject:
			c.add(f, c.operator(item, at))
		case kindArray:
			c.fail(item, at, "an array inside an array matches nothing; list the values themselves, "+
				"EventBridge looks into the arrays of an event by itself")
		default:
			f.anyOf = append(f.anyOf, valueMatcher(item))
		}
	}
	f.keepNumbers()
}

// keepNumbers tells the networks of a field that it is compared with numbers too.
func (f *field) keepNumbers() {
	numeric := slices.ContainsFunc(f.anyOf, func(m matcher) bool {
		_, isBounds := m.(bounds)
		_, isNone := m.(noNumber)
		return isBounds || isNone
	})
	for i, m := range f.anyOf {
		if n, ok := m.(network); ok {
			n.numeric = numeric
			f.anyOf[i] = n
		}
	}
}

func (c *compiler) add(f *field, m matcher) {
	if _, ok := m.(absent); ok {
		f.absent = true
	} else if m != nil {
		f.anyOf = append(f.anyOf, m)
	}
}
