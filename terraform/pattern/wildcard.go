package pattern

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// wildcardForm matches the wildcards that EventBridge accepts: a backslash is before an asterisk or another backslash,
// and no two asterisks are in a row.
var wildcardForm = regexp.MustCompile(`^(\*?([^*\\]|\\[*\\]))*\*?$`)

// anything stands for an asterisk in a wildcard whose backslashes are resolved. No text contains this byte.
const anything = "\xff"

var resolveWildcard = strings.NewReplacer(`\\`, `\`, `\*`, `*`, `*`, anything).Replace

func wildcardExpression(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(resolveWildcard(text)), anything, `.*`)
}

// EventBridge matches a value byte by byte, and keeps the set of all positions in the field's wildcards that the bytes
// read so far can lead to. wildcardLimit is the largest such set that it allows; if a value can lead to a larger one,
// EventBridge refuses the pattern as too complex. AWS documents that there is a limit, but not its value; this one was
// found from its answers.
const wildcardLimit = 10

// maxSets limits how many sets of positions are tried.
const maxSets = 1000

// checkWildcards refuses wildcards that EventBridge calls too complex. Fields are compared in the order of
// their paths. If several combinations agree in all fields before some field, EventBridge reads the value of that field
// only once for all of them. So the wildcards that these combinations have for it are checked together.
func (p *Pattern) checkWildcards() {
	together := map[string][]int{}
	for _, c := range p.combinations {
		before := ""
		for _, number := range c {
			f := &p.fields[number]
			key := before + f.path
			if !slices.Contains(together[key], number) {
				together[key] = append(together[key], number)
			}
			accepted := slices.Sorted(slices.Values(f.wants())) // equal for fields that accept the same values
			before += fmt.Sprintf("%q: %q\n", f.path, slices.Compact(accepted))
		}
	}
	for _, fields := range together {
		var all wildcards
		for _, number := range fields {
			for _, t := range p.fields[number].anyOf {
				all = append(all, t.wildcards)
			}
		}
		if f := &p.fields[fields[0]]; all.areTooComplex() {
			p.fail(span{f.node.at.from, f.node.at.from + 1}, "EventBridge refuses the wildcards of %q as too complex: "+
				"a value can be at more than %d positions in them at the same time; "+
				"use fewer asterisks, fewer wildcards, or less repetitive text after the asterisks", f.path, wildcardLimit)
		}
	}
}

// wildcards are the wildcards of several tests, with their quotes and with resolved backslashes.
type wildcards [][]string

// position is a place in the wildcards of one test. The wildcards of an anything-but that begin alike share their
// positions up to the one directly after their first asterisk: ab*c and ab*d share a, ab and ab*, but not ab*c.
type position struct {
	test     int    // index in wildcards
	wildcard int    // index in the test's wildcards; -1 for a position that may be shared
	read     string // the part of the wildcard that the value has matched, in which anything stands for an asterisk
}

// areTooComplex reports whether a value can be at more than wildcardLimit positions.
func (all wildcards) areTooComplex() bool {
	start := map[position]bool{}
	bytes := map[byte]bool{}
	for test, texts := range all {
		start[position{test, -1, ""}] = true
		for _, b := range []byte(strings.Join(texts, "")) {
			bytes[b] = true
		}
	}
	delete(bytes, anything[0])
	seen := map[string]bool{}
	for queue := []map[position]bool{start}; len(queue) > 0 && len(seen) < maxSets; queue = queue[1:] {
		for b := range bytes {
			next := all.after(queue[0], b)
			if len(next) > wildcardLimit {
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

// after returns the positions after one more byte. A byte before an asterisk leads to two: before and after the
// asterisk. A position after an asterisk remains.
func (all wildcards) after(set map[position]bool, b byte) map[position]bool {
	next := map[position]bool{}
	for p := range set {
		if strings.HasSuffix(p.read, anything) {
			next[p] = true
		}
		for i, text := range all[p.test] {
			rest, ok := strings.CutPrefix(text, p.read)
			if !ok || rest == "" || rest[0] != b {
				continue
			}
			wildcard := -1
			if strings.Contains(p.read, anything) {
				wildcard = i
			}
			read := text[:len(p.read)+1]
			next[position{p.test, wildcard, read}] = true
			if strings.HasPrefix(rest[1:], anything) {
				next[position{p.test, wildcard, read + anything}] = true
			}
		}
	}
	return next
}
