package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// field is what one field of an event must hold for a pattern to match.
type field struct {
	path    string   // its name, with those around it before dots
	names   []string // the path taken apart: to EventBridge {"a": {"b": 1}} and {"a.b": 1} are the same
	at      string   // its place in the pattern, such as $or[1].detail.state
	node    *node
	absent  bool // {"exists": false}: the field may be missing
	numeric bool // it is compared with numbers, and numbers are then not taken for the digits of an address
	anyOf   []matcher
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
	p := &Pattern{src: src, root: root}
	c := &compiler{p: p}
	if root.kind != kindObject {
		c.fail(root, "",
			fmt.Sprintf(`an event pattern is an object such as {"source": ["aws.ec2"]}, this is %s`, root.kind))
		return nil, c.errs
	}
	p.root = c.mergeDuplicates(root, scope{})
	p.rules = c.object(p.root, scope{}, []rule{nil})
	for _, r := range p.rules {
		slices.SortFunc(r, func(a, b int) int { return strings.Compare(p.fields[a].path, p.fields[b].path) })
	}
	if len(c.errs) == 0 {
		c.checkWildcards()
	}
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, comparePlace)
		return nil, c.errs
	}
	p.text = p.compact()
	c.warn()
	return p, nil
}

// scope is where in a pattern an object is.
type scope struct {
	path string // the field that holds it
	at   string // the same with the $ors in between
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

func (c *compiler) fail(n *node, path, reason string) { c.failAt(n.off, n.end, path, reason) }

func (c *compiler) failAt(off, end int, path, reason string) {
	c.errs = append(c.errs, c.p.src.errorAt(off, end, path, reason))
}

// object adds the fields of an object to every rule, and returns the rules.
func (c *compiler) object(n *node, s scope, rules []rule) []rule {
	if len(n.members) == 0 {
		advice := `name at least one field, such as {"source": ["aws.ec2"]}`
		if s.path != "" {
			advice = fmt.Sprintf(`name a field in it, or write [{"exists": true}] for any event that has %q`, s.path)
		}
		c.fail(n, s.at, "an empty object matches nothing; "+advice)
	}
	for _, m := range n.members {
		rules = c.member(m, s, rules)
	}
	return rules
}

func (c *compiler) member(m member, s scope, rules []rule) []rule {
	in := s.in(m.key)
	switch {
	case m.key == "$or":
		return c.or(m.value, s, rules)
	case s.inOr && slices.Contains(reservedInOr, m.key):
		c.failAt(m.off, m.end, in.at, fmt.Sprintf(`%q is a word for operators and cannot name a field inside "$or"; `+
			`an operator goes into the array of a field, such as {"source": [{"prefix": "aws."}]}`, m.key))
	case m.value.kind == kindObject:
		return c.object(m.value, in, rules)
	case m.value.kind == kindArray:
		return c.leaf(m, in, rules)
	default:
		c.fail(m.value, in.at, fmt.Sprintf("%q must be an array or an object, this is %s; write [%s]",
			m.key, m.value.kind, shortened(m.value)))
	}
	return rules
}

// reservedInOr are the names that EventBridge refuses for fields inside an $or: its operators and words kept for more.
var reservedInOr = append([]string{
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}, operatorNames...)

// or turns every rule into as many as there are choices.
func (c *compiler) or(n *node, s scope, rules []rule) []rule {
	at := dotted(s.at, "$or")
	if n.kind != kindArray {
		c.fail(n, at, fmt.Sprintf(`"$or" takes an array of two or more objects, such as `+
			`[{"source": ["aws.ec2"]}, {"account": ["123456789012"]}], this is %s`, n.kind))
		return rules
	}
	if len(n.items) < 2 {
		c.fail(n, at, fmt.Sprintf(`"$or" takes an array of two or more objects, this has %d; `+
			`fields that must all match need no "$or"`, len(n.items)))
	}
	var all []rule
	for i, item := range n.items {
		choice := scope{path: s.path, at: fmt.Sprintf("%s[%d]", at, i), inOr: true}
		if item.kind != kindObject {
			c.fail(item, choice.at,
				fmt.Sprintf(`the choices of "$or" are objects such as {"source": ["aws.ec2"]}, this is %s`, item.kind))
			continue
		}
		all = append(all, c.object(item, choice, slices.Clone(rules))...)
		if len(all) > maxRules {
			c.fail(n, at, fmt.Sprintf(`the "$or"s multiply to more than %d combinations; split the pattern`, maxRules))
			return rules
		}
	}
	return all
}

// leaf adds one field to every rule. A field that a rule has already is replaced, as EventBridge does.
func (c *compiler) leaf(m member, in scope, rules []rule) []rule {
	number := len(c.p.fields)
	c.p.fields = append(c.p.fields, c.field(m.value, in))
	for i, r := range rules {
		old := slices.IndexFunc(r, func(n int) bool { return c.p.fields[n].path == in.path })
		r = slices.Clone(r)
		if old < 0 {
			r = append(r, number)
		} else {
			c.p.ordered = true
			line, column := c.p.src.position(c.p.fields[r[old]].node.off)
			c.warnAt(m.off, m.end, in.at, fmt.Sprintf("%s is given on line %d, column %d as well; "+
				"EventBridge forgets that one and keeps this", in.path, line, column))
			r[old] = number
		}
		if len(r) > maxFields {
			c.failAt(m.off, m.end, in.at,
				fmt.Sprintf("more than %d fields; EventBridge takes no more in one pattern", maxFields))
			break
		}
		rules[i] = r
	}
	return rules
}

// field reads the array of a field.
func (c *compiler) field(n *node, in scope) field {
	f := field{path: in.path, names: strings.Split(in.path, "."), at: in.at, node: n}
	if len(n.items) == 0 {
		c.fail(n, f.at,
			`an empty array matches nothing; list the values that match, or write [{"exists": true}] for any`)
	}
	for i, item := range n.items {
		m := c.alternative(item, fmt.Sprintf("%s[%d]", f.at, i))
		if m == nil {
			continue
		}
		f.anyOf = append(f.anyOf, m)
		f.absent = f.absent || item.isCall("exists") && item.members[0].value.text == "false"
		f.numeric = f.numeric || comparesNumbers(item)
	}
	return f
}

func comparesNumbers(item *node) bool {
	switch {
	case item.kind == kindNumber:
		_, ok := parseNumber(item.text)
		return ok
	case item.isCall("anything-but"):
		but := item.members[0].value
		return but.kind == kindNumber || len(but.items) > 0 && but.items[0].kind == kindNumber
	default:
		return item.isCall("numeric")
	}
}

// mergeDuplicates is an object as EventBridge reads it when names are in it twice: objects under one name are put
// together, of arrays the last one counts.
func (c *compiler) mergeDuplicates(n *node, s scope) *node {
	out := &node{kind: n.kind, off: n.off, end: n.end}
	for _, m := range n.members {
		in := s.in(m.key)
		m.value = c.mergeWithin(m, in)
		first := slices.IndexFunc(out.members, func(o member) bool { return o.key == m.key })
		if first < 0 {
			out.members = append(out.members, m)
			continue
		}
		c.p.merged = true
		c.mergeOne(out, first, m, in)
	}
	return out
}

// mergeWithin looks into what a name leads to, as far as there can be names of fields.
func (c *compiler) mergeWithin(m member, in scope) *node {
	switch {
	case m.value.kind == kindObject:
		return c.mergeDuplicates(m.value, in)
	case m.value.kind != kindArray || m.key != "$or":
		return m.value
	}
	choices := *m.value
	choices.items = slices.Clone(m.value.items)
	for i, item := range choices.items {
		if item.kind == kindObject {
			choices.items[i] = c.mergeDuplicates(item, in)
		}
	}
	return &choices
}

// mergeOne puts m and the member of the same name together.
func (c *compiler) mergeOne(out *node, first int, m member, in scope) {
	before := out.members[first]
	line, column := c.p.src.position(before.off)
	twice := fmt.Sprintf("%q is here twice, first on line %d, column %d; ", m.key, line, column)
	switch {
	case m.key != "$or" && before.value.kind == kindObject && m.value.kind == kindObject &&
		len(before.value.members) > 0 && len(m.value.members) > 0:
		both := *before.value
		both.members = append(slices.Clone(both.members), m.value.members...)
		out.members[first].value = c.mergeDuplicates(&both, in)
		c.warnAt(m.off, m.end, in.at, twice+"EventBridge asks for the fields of both")
	case m.key != "$or" && before.value.kind == kindArray && m.value.kind == kindArray:
		c.field(before.value, in) // EventBridge refuses mistakes in it all the same
		out.members = append(slices.Delete(out.members, first, first+1), m)
		c.warnAt(m.off, m.end, in.at, twice+"EventBridge forgets that one and keeps this")
	default:
		c.failAt(m.off, m.end, in.at, twice+"write it once")
	}
}
