package pattern

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Canonical is the pattern in one form for all the texts that mean the same: without white space, names and
// alternatives sorted and each there once, numbers and escapes written in one way. It is a valid pattern as well.
func (p *Pattern) Canonical() []byte { return appendJSON(nil, canonicalFields(p.root, p.ordered)) }

// canonicalFields sorts the fields of an object; ordered keeps them in the order of the text.
func canonicalFields(n *node, ordered bool) *node {
	out := &node{kind: kindObject, members: slices.Clone(n.members)}
	if !ordered {
		slices.SortFunc(out.members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	}
	for i, m := range out.members {
		switch {
		case m.value.kind == kindObject:
			out.members[i].value = canonicalFields(m.value, ordered)
		case m.key == "$or":
			out.members[i].value = canonicalArray(m.value, func(choice *node) *node {
				return canonicalFields(choice, ordered)
			})
		default:
			out.members[i].value = canonicalValues(m.value)
		}
	}
	return out
}

// canonicalValues sorts the alternatives of a field, and leaves out those that are there twice.
func canonicalValues(n *node) *node {
	out := canonicalArray(n, func(item *node) *node { return canonicalArgument("", item) })
	out.items = slices.CompactFunc(out.items, func(a, b *node) bool { return compareJSON(a, b) == 0 })
	return out
}

func canonicalArray(n *node, item func(*node) *node) *node {
	out := &node{kind: kindArray}
	for _, i := range n.items {
		out.items = append(out.items, item(i))
	}
	slices.SortFunc(out.items, compareJSON)
	return out
}

func compareJSON(a, b *node) int { return bytes.Compare(appendJSON(nil, a), appendJSON(nil, b)) }

// canonicalArgument is an alternative, or what an operator takes. Lists are sets, but for that of numeric.
func canonicalArgument(op string, n *node) *node {
	switch {
	case n.kind == kindObject:
		m := n.members[0]
		m.value = canonicalArgument(m.key, m.value)
		return &node{kind: kindObject, members: []member{m}}
	case n.kind == kindArray && op == "numeric":
		out := &node{kind: kindArray}
		for _, item := range n.items {
			out.items = append(out.items, canonicalArgument("", item))
		}
		return out
	case n.kind == kindArray:
		out := canonicalValues(n)
		if len(out.items) == 1 {
			return out.items[0]
		}
		return out
	case n.kind == kindNumber:
		return &node{kind: kindNumber, text: canonicalNumber(n.text)}
	default:
		return n
	}
}

// canonicalNumber writes a number in one way. It leaves a number alone that a double does not hold: that one is
// compared digit by digit.
func canonicalNumber(text string) string {
	f, ok := parseNumber(text)
	if !ok {
		return text
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	s := strconv.FormatFloat(f, format, -1, 64)
	if f != 0 && decimalOf(s) != decimalOf(text) {
		s = shortest(f)
	}
	return strings.Replace(s, "e-0", "e-", 1)
}
