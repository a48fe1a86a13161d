package pattern

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	errTwoAsterisks = errors.New(
		`two asterisks in a row; one stands for any number of characters, \\* for an asterisk itself`)
	errBackslash = errors.New(
		`in a wildcard, a backslash is accepted only before * or \; in JSON, write \\* and \\\\`)
)

// splitWildcard returns the pieces between the asterisks of a wildcard.
func splitWildcard(text string) (pieces []string, err error) {
	pieces = []string{""}
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "**"):
			return nil, errTwoAsterisks
		case text[i] == '*':
			pieces = append(pieces, "")
			continue
		case text[i] == '\\':
			i++
			if i == len(text) || text[i] != '*' && text[i] != '\\' {
				return nil, errBackslash
			}
		}
		pieces[len(pieces)-1] += text[i : i+1]
	}
	return pieces, nil
}

// EventBridge matches a value byte by byte, and keeps the set of all positions in the field's wildcards that the bytes
// read so far can lead to. wildcardLimit is the largest such set that it allows; if a value can lead to a larger one,
// EventBridge refuses the pattern as too complex. AWS documents that there is a limit, but not its value; this one was
// found from its answers.
const wildcardLimit = 10

// maxSets limits how many sets of states are tried.
const maxSets = 1000

// checkWildcards refuses wildcards that EventBridge calls too complex. Fields are compared in the order of
// their paths. If several combinations agree in all fields before some field, EventBridge reads the value of that field
// only once for all of them. So the wildcards that these combinations have for it are checked together.
func (c *compiler) checkWildcards() {
	together := map[string][]int{}
	for _, r := range c.p.combinations {
		before := ""
		for _, number := range r {
			f := &c.p.fields[number]
			key := before + f.path
			if !slices.Contains(together[key], number) {
				together[key] = append(together[key], number)
			}
			before += f.meaning() + "\n"
		}
	}
	for _, fields := range together {
		a := &automaton{states: []state{{next: map[byte][]int{}}}, bytes: map[byte]bool{}}
		for _, number := range fields {
			for _, item := range c.p.fields[number].node.children {
				a.add(wildcardsIn(item))
			}
		}
		if f := &c.p.fields[fields[0]]; a.isTooComplex() {
			c.fail(span{f.node.at.from, f.node.at.from + 1}, "EventBridge refuses the wildcards of %q as too complex: "+
				"a value can be at more than %d positions in them at the same time; "+
				"use fewer asterisks, fewer wildcards, or less repetitive text after the asterisks", f.path, wildcardLimit)
		}
	}
}

// wildcardsIn lists the wildcards of one operator.
func wildcardsIn(n *node) (texts []string) {
	if n.name == "wildcard" && n.kind == kindString {
		return []string{n.text}
	}
	for _, child := range n.children {
		if n.name == "wildcard" {
			texts = append(texts, child.text)
		} else {
			texts = append(texts, wildcardsIn(child)...)
		}
	}
	return texts
}

// automaton reads a value byte by byte. Its first state is the start; every other state stands for a prefix of a
// wildcard.
type automaton struct {
	states []state
	bytes  map[byte]bool // the bytes for which a state has a next one
}

type state struct {
	loops bool           // its prefix ends in an asterisk, so every byte also leads back to it
	next  map[byte][]int // the other states that a byte leads to
}

// add adds the wildcards of one operator. The wildcards of one anything-but share the states for the text before their
// first asterisk and for that asterisk.
func (a *automaton) add(wildcards []string) {
	known := map[string]int{}
	for n, text := range wildcards {
		pieces, _ := splitWildcard(`"` + text + `"`)
		at, name := 0, ""
		for i, piece := range pieces {
			for j := range len(piece) {
				from := at
				name += piece[j : j+1]
				at = a.step(from, piece[j], known, name)
				if isEnd := j == len(piece)-1; isEnd && i < len(pieces)-1 {
					at = a.step(from, piece[j], known, name+"*")
					a.states[at].loops = true
					name = fmt.Sprint(n, name, "*") // from here on, no other wildcard shares the states
				}
			}
		}
	}
}

// step returns the state with this name. If there is none, it creates one, to which b leads from the state from.
func (a *automaton) step(from int, b byte, known map[string]int, name string) int {
	to, ok := known[name]
	if !ok {
		to = len(a.states)
		known[name] = to
		a.bytes[b] = true
		a.states = append(a.states, state{next: map[byte][]int{}})
		a.states[from].next[b] = append(a.states[from].next[b], to)
	}
	return to
}

// isTooComplex reports whether a value can lead to a set of more than wildcardLimit states.
func (a *automaton) isTooComplex() bool {
	seen := map[string]bool{}
	for queue := [][]int{{0}}; len(queue) > 0 && len(seen) < maxSets; queue = queue[1:] {
		for b := range a.bytes {
			set := a.after(queue[0], b)
			if len(set) > wildcardLimit {
				return true
			}
			if key := fmt.Sprint(set); len(set) > 0 && !seen[key] {
				seen[key] = true
				queue = append(queue, set)
			}
		}
	}
	return false
}

// after returns the set of states after one more byte.
func (a *automaton) after(set []int, b byte) (next []int) {
	for _, s := range set {
		if a.states[s].loops {
			next = append(next, s)
		}
		next = append(next, a.states[s].next[b]...)
	}
	slices.Sort(next)
	return slices.Compact(next)
}
