package pattern

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Canonical is the pattern in one form for all the texts that mean the same: without white space, names and
// alternatives sorted and each there once, numbers and escapes written in one way. It is a valid pattern as well.
func (p *Pattern) Canonical() []byte {
	return []byte(canonicalFields(p.root, p.ordered))
}

// canonicalFields writes an object of fields; ordered keeps it in the order of the text.
func canonicalFields(n *node, ordered bool) string {
	parts := make([]string, 0, len(n.members))
	for _, m := range sortedMembers(n, ordered) {
		parts = append(parts, jsonString(m.key)+":"+canonicalField(m, ordered))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func sortedMembers(n *node, ordered bool) []member {
	members := slices.Clone(n.members)
	if !ordered {
		slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	}
	return members
}

func canonicalField(m member, ordered bool) string {
	if m.value.kind == kindObject {
		return canonicalFields(m.value, ordered)
	}
	parts := make([]string, 0, len(m.value.items))
	for _, item := range m.value.items {
		if m.key == "$or" {
			parts = append(parts, canonicalFields(item, ordered))
		} else {
			parts = append(parts, canonicalAlternative(item))
		}
	}
	slices.Sort(parts)
	if m.key != "$or" {
		parts = slices.Compact(parts)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func canonicalAlternative(n *node) string {
	if n.kind != kindObject {
		return canonicalScalar(n)
	}
	op, value := n.members[0].key, n.members[0].value
	return "{" + jsonString(op) + ":" + canonicalArgument(op, value) + "}"
}

// canonicalArgument writes what an operator takes. Only the lists under anything-but are sets; what numeric takes is
// not.
func canonicalArgument(op string, n *node) string {
	switch n.kind {
	case kindObject:
		inner := n.members[0]
		return "{" + jsonString(inner.key) + ":" + canonicalArgument(op, inner.value) + "}"
	case kindArray:
		parts := make([]string, 0, len(n.items))
		for _, item := range n.items {
			parts = append(parts, canonicalScalar(item))
		}
		if op == "numeric" {
			return "[" + strings.Join(parts, ",") + "]"
		}
		slices.Sort(parts)
		if parts = slices.Compact(parts); len(parts) == 1 {
			return parts[0]
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return canonicalScalar(n)
	}
}

func canonicalScalar(n *node) string {
	switch n.kind {
	case kindString:
		return jsonString(n.text)
	case kindNumber:
		return canonicalNumber(n.text)
	default:
		return n.text
	}
}

// canonicalNumber leaves a number alone that a double does not hold: its digits are what it means.
func canonicalNumber(text string) string {
	f, ok := parseNumber([]byte(text))
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

func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// A string cannot fail to be written to memory.
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}
