package pattern

import (
	"cmp"
	"fmt"
	"slices"
)

// wildcardLimit is how many beginnings of its wildcards one value may match at the same time before EventBridge refuses
// the rule as too complex. AWS documents that there is a bound and not which; this one was seen in its answers.
const wildcardLimit = 10

// maxStates bounds the search for the worst value.
const maxStates = 1000

// anyBytes is the asterisk among the bytes of a wildcard.
const anyBytes = -1

// checkWildcards refuses what EventBridge calls too complex. It looks at a field together with those of other choices
// of an $or that have the same path and the same fields before it: EventBridge reads a value once for all of them.
func (c *compiler) checkWildcards(rules []rule) {
	together := map[string][]int{}
	var order []string
	for _, r := range rules {
		before := ""
		for _, number := range r {
			f := &c.p.fields[number]
			key := before + f.path
			if together[key] == nil {
				order = append(order, key)
			}
			if !slices.Contains(together[key], number) {
				together[key] = append(together[key], number)
			}
			before = key + canonicalField(member{value: f.node}, true) + "\n"
		}
	}
	for _, key := range order {
		if fields := together[key]; tooComplex(c.wildcardsOf(fields)) {
			f := &c.p.fields[fields[0]]
			c.fail(&node{off: f.node.off, end: f.node.off + 1}, f.at, fmt.Sprintf("EventBridge refuses the wildcards of %q as too complex: "+
				"one value can match more than %d of their beginnings at once; use fewer asterisks, fewer wildcards, or text after "+
				"the asterisks that repeats less", f.path, wildcardLimit))
		}
	}
}

func (c *compiler) wildcardsOf(fields []int) (all []spelled) {
	group := 0
	for _, number := range fields {
		for _, item := range c.p.fields[number].node.items {
			all = append(all, wildcardsIn(item, group)...)
			group++
		}
	}
	return all
}

// spelled is a wildcard taken apart. Those of one anything-but are a group and share what stands before their first
// asterisks, and these.
type spelled struct {
	bytes  []int // of the string in its quotes, with anyBytes for an asterisk
	group  int
	shared int
}

func wildcardsIn(n *node, group int) (all []spelled) {
	for _, m := range n.members {
		if m.key != "wildcard" {
			all = append(all, wildcardsIn(m.value, group)...)
			continue
		}
		items := m.value.items
		if m.value.kind == kindString {
			items = []*node{m.value}
		}
		for _, item := range items {
			bytes := wildcardBytes(item.text)
			all = append(all, spelled{bytes, group, slices.Index(bytes, anyBytes) + 1})
		}
	}
	return all
}

func wildcardBytes(text string) []int {
	out := []int{'"'}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '*':
			out = append(out, anyBytes)
			continue
		case '\\':
			i++
		}
		out = append(out, int(text[i]))
	}
	return append(out, '"')
}

// prefixOf is the first n bytes and asterisks of one wildcard.
type prefixOf struct{ wildcard, n int }

// tooComplex goes through the sets of beginnings that a value can match at once, until one of them is too large.
func tooComplex(wildcards []spelled) bool {
	bytes := map[int]bool{}
	var start []prefixOf
	for i, w := range wildcards {
		start = append(start, prefixOf{i, 0})
		for _, b := range w.bytes {
			bytes[b] = true
		}
	}
	seen := map[string]bool{}
	for queue := [][]prefixOf{start}; len(queue) > 0 && len(seen) < maxStates; queue = queue[1:] {
		for b := range bytes {
			next := advance(wildcards, queue[0], b)
			if weigh(wildcards, next) > wildcardLimit {
				return true
			}
			if key := fmt.Sprint(next); len(next) > 0 && !seen[key] {
				seen[key] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// weigh counts the beginnings in a set, those that a group shares once.
func weigh(wildcards []spelled, set []prefixOf) int {
	if len(set) <= wildcardLimit {
		return len(set)
	}
	type common struct {
		group, n int
		asterisk bool
	}
	seen, count := map[common]bool{}, 0
	for _, p := range set {
		w := wildcards[p.wildcard]
		key := common{w.group, p.n, p.n == w.shared}
		if p.n > w.shared || !seen[key] {
			count++
		}
		seen[key] = seen[key] || p.n <= w.shared
	}
	return count
}

// advance is the set of beginnings after one more byte of a value.
func advance(wildcards []spelled, set []prefixOf, b int) []prefixOf {
	var next []prefixOf
	for _, p := range set {
		w := wildcards[p.wildcard].bytes
		if p.n > 0 && w[p.n-1] == anyBytes {
			next = append(next, p)
		}
		if p.n < len(w) && b != anyBytes && w[p.n] == b {
			next = append(next, prefixOf{p.wildcard, p.n + 1})
			if p.n+1 < len(w) && w[p.n+1] == anyBytes {
				next = append(next, prefixOf{p.wildcard, p.n + 2})
			}
		}
	}
	slices.SortFunc(next, func(a, b prefixOf) int { return cmp.Or(cmp.Compare(a.wildcard, b.wildcard), cmp.Compare(a.n, b.n)) })
	return slices.Compact(next)
}
