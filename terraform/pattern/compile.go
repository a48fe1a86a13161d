package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// field is what one field of an event must hold for a pattern to match.
type field struct {
	path   string   // the names of the objects around it and its own, joined by dots: detail.state
	names  []string // the parts of path: to EventBridge {"a": {"b": 1}} and {"a.b": 1} are the same
	choice string   // the innermost choice of an $or that contains it, such as detail.$or[1], or ""
	node   *node
	absent bool // {"exists": false}: the field may be missing
	anyOf  []test
}

// wants lists in words what the field may hold.
func (f *field) wants() (words []string) {
	for _, t := range f.anyOf {
		words = append(words, t.wants)
	}
	return words
}

// meaning returns a text that is equal for fields that accept the same values.
func (f *field) meaning() string {
	accepted := f.wants()
	slices.Sort(accepted)
	return fmt.Sprintf("%q: ", f.path) + strings.Join(slices.Compact(accepted), ", ")
}

// combination is one way to match a pattern: it takes one choice of each $or, and all its fields must match. Its items
// are indexes into Pattern.fields. They are sorted by path. The method satisfies tries the fields in this order, as
// EventBridge does: {"exists": false} looks only into those array elements in which the fields before it have
// matched.
type combination []int

// maxCombinations bounds how many combinations the $ors of a pattern multiply to. EventBridge documents no number; a
// pattern of 2,048 characters reaches it only on purpose.
const maxCombinations = 1000

// envelope lists the top-level fields of events. Services and PutEvents send some of them, and EventBridge adds the
// others.
var envelope = []string{
	"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name",
}

// compiler reads a pattern once and collects every mistake.
type compiler struct {
	mistakes
	p *Pattern
}

func compile(src *source, root *node) (*Pattern, []*Error) {
	p := &Pattern{src: src}
	c := &compiler{p: p, mistakes: mistakes{src: src}}
	if root.kind != kindObject {
		c.fail(root.at, `an event pattern is an object such as {"source": ["aws.ec2"]}, this is %s`, root.kind)
		return nil, c.errs
	}
	p.combinations = c.object(root, scope{}, []combination{nil})
	for _, r := range p.combinations {
		slices.SortFunc(r, func(a, b int) int { return strings.Compare(p.fields[a].path, p.fields[b].path) })
	}
	if len(c.errs) == 0 {
		c.checkWildcards()
	}
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, comparePlace)
		return nil, c.errs
	}
	slices.SortStableFunc(p.warnings, comparePlace)
	p.text = src.compact(root)
	return p, nil
}

// fail records a mistake. It returns an empty test in place of the one that could not be read.
func (c *compiler) fail(at span, format string, args ...any) test {
	c.mistakes.fail(at, format, args...)
	return test{}
}

// scope is where in a pattern an object is.
type scope struct{ path, choice string } // see field

func (s scope) in(name string) scope {
	if s.path != "" {
		name = s.path + "." + name
	}
	return scope{path: name, choice: s.choice}
}

// object adds the fields of an object to every combination, and returns the combinations.
func (c *compiler) object(n *node, s scope, combinations []combination) []combination {
	if len(n.children) == 0 {
		advice := `name at least one field, such as {"source": ["aws.ec2"]}`
		if s.path != "" {
			advice = fmt.Sprintf(`name a field in it, or write [{"exists": true}] for any event that has %q`, s.path)
		}
		c.fail(n.at, "an empty object matches nothing; %s", advice)
	}
	for i, m := range n.children {
		first := slices.IndexFunc(n.children, func(o *node) bool { return o.name == m.name })
		if before := n.children[first]; first < i && (m.name == "$or" || before.kind != m.kind) {
			c.fail(m.nameAt, "%q occurs twice, first on %s; write it once", m.name, c.src.place(before.nameAt.from))
		}
		combinations = c.member(m, s, combinations)
	}
	return combinations
}

func (c *compiler) member(m *node, s scope, combinations []combination) []combination {
	if m.name == "$or" {
		return c.or(m, s, combinations)
	}
	if s.path == "" {
		c.warnOfUnknownField(m)
	}
	switch {
	case s.choice != "" && operators[m.name] != nil:
		c.fail(m.nameAt, `%q is the name of an operator and cannot be the name of a field inside "$or"; put an `+
			`operator into the array of a field, such as {"source": [{"prefix": "aws."}]}`, m.name)
	case m.kind == kindObject:
		return c.object(m, s.in(m.name), combinations)
	case m.kind == kindArray:
		return c.field(m, s.in(m.name), combinations)
	default:
		c.fail(m.at, "%q must be an array or an object, this is %s; write [%s]", m.name, m.kind, m.raw)
	}
	return combinations
}

// or replaces every combination with one combination for each choice.
func (c *compiler) or(m *node, s scope, combinations []combination) []combination {
	if m.kind != kindArray || len(m.children) < 2 {
		c.fail(m.at, `"$or" takes an array of two or more objects, such as `+
			`[{"source": ["aws.ec2"]}, {"account": ["123456789012"]}]`)
		return combinations
	}
	var all []combination
	for i, item := range m.children {
		if item.kind != kindObject {
			c.fail(item.at, `the choices of "$or" are objects such as {"source": ["aws.ec2"]}, this is %s`, item.kind)
			continue
		}
		choice := scope{path: s.path, choice: fmt.Sprintf("%s[%d]", s.in(m.name).path, i)}
		all = append(all, c.object(item, choice, slices.Clone(combinations))...)
		if len(all) > maxCombinations {
			c.fail(m.at, `the "$or"s multiply to more than %d combinations; split the pattern`, maxCombinations)
			return combinations
		}
	}
	return all
}

// field reads the array of a field and adds the field to every combination. If a combination already has a field with
// this path, the new field replaces the old one, as in EventBridge.
func (c *compiler) field(n *node, s scope, combinations []combination) []combination {
	f := field{path: s.path, names: strings.Split(s.path, "."), choice: s.choice, node: n}
	if len(n.children) == 0 {
		c.fail(n.at, `an empty array matches nothing; list the values that match, or write [{"exists": true}] for any`)
	}
	for _, item := range n.children {
		t := c.alternative(item)
		f.anyOf = append(f.anyOf, t)
		f.absent = f.absent || t.absent
		c.warnOfType(f.path, item)
	}
	number := len(c.p.fields)
	c.p.fields = append(c.p.fields, f)
	replaced := -1
	for i, r := range combinations {
		r = slices.Clone(r)
		if old := slices.IndexFunc(r, func(n int) bool { return c.p.fields[n].path == f.path }); old >= 0 {
			replaced, r[old] = r[old], number
		} else {
			r = append(r, number)
		}
		combinations[i] = r
	}
	if replaced >= 0 {
		c.warnOfRepetition(f.path, n, c.p.fields[replaced].node)
	}
	return combinations
}
