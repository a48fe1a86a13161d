package pattern

import (
	"fmt"
	"slices"
)

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
	case m.key == "$or" || before.value.kind != m.value.kind:
		c.failAt(m, in.at, twice+"write it once")
	case m.value.kind == kindObject && len(before.value.members) > 0 && len(m.value.members) > 0:
		both := *before.value
		both.members = append(slices.Clone(both.members), m.value.members...)
		out.members[first].value = c.mergeDuplicates(&both, in)
		c.warnAt(m, in.at, twice+"EventBridge asks for the fields of both")
	case m.value.kind == kindArray:
		c.alternatives(&field{path: in.path, at: in.at, node: before.value}) // EventBridge refuses mistakes in it all the same
		out.members = append(slices.Delete(out.members, first, first+1), m)
		c.warnAt(m, in.at, twice+"EventBridge forgets that one and keeps this")
	default:
		c.failAt(m, in.at, twice+"write it once")
	}
}

// appendJSON writes a value without white space.
func appendJSON(dst []byte, n *node) []byte {
	switch n.kind {
	case kindObject:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, jsonString(m.key)...), ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case kindArray:
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case kindString:
		return append(dst, jsonString(n.text)...)
	default:
		return append(dst, n.text...)
	}
}
