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
	pieces := strings.Split(resolveWildcard(text), anything)
	for i, piece := range pieces {
		pieces[i] = regexp.QuoteMeta(piece)
	}
	return strings.Join(pieces, `.*`)
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
			before += f.meaning() + "\n"
		}
	}
	for _, fields := range together {
		var all []wildcard
		for _, number := range fields {
			for i, t := range p.fields[number].anyOf {
				for _, text := range t.wildcards {
					all = append(all, wildcard{text: `"` + resolveWildcard(text) + `"`, test: fmt.Sprint(number, i)})
				}
			}
		}
		if f := &p.fields[fields[0]]; areTooComplex(all) {
			p.fail(span{f.node.at.from, f.node.at.from + 1}, "EventBridge refuses the wildcards of %q as too complex: "+
				"a value can be at more than %d positions in them at the same time; "+
				"use fewer asterisks, fewer wildcards, or less repetitive text after the asterisks", f.path, wildcardLimit)
		}
	}
}

// wildcard is a wildcard with its quotes, and which test it belongs to.
type wildcard struct{ text, test string }

// position is the number of bytes of a wildcard that a value has matched.
type position struct{ wildcard, length int }

// areTooComplex reports whether a value can lead to more than wildcardLimit positions in the wildcards.
func areTooComplex(all []wildcard) bool {
	start := map[position]bool{}
	bytes := map[byte]bool{}
	for i, w := range all {
		start[position{wildcard: i}] = true
		for _, b := range []byte(w.text) {
			bytes[b] = true
		}
	}
	delete(bytes, anything[0])
	seen := map[string]bool{}
	for queue := []map[position]bool{start}; len(queue) > 0 && len(seen) < maxSets; queue = queue[1:] {
		for b := range bytes {
			next := after(all, queue[0], b)
			if len(next) > wildcardLimit && isTooLarge(all, next) {
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
func after(all []wildcard, set map[position]bool, b byte) map[position]bool {
	next := map[position]bool{}
	for p := range set {
		read, rest := all[p.wildcard].text[:p.length], all[p.wildcard].text[p.length:]
		if strings.HasSuffix(read, anything) {
			next[p] = true
		}
		if rest != "" && rest[0] == b {
			next[position{p.wildcard, p.length + 1}] = true
			if strings.HasPrefix(rest[1:], anything) {
				next[position{p.wildcard, p.length + 2}] = true
			}
		}
	}
	return next
}

// isTooLarge counts positions. The wildcards of one anything-but share the positions in equal text before their first
// asterisk, and behind that asterisk.
func isTooLarge(all []wildcard, set map[position]bool) bool {
	distinct := map[string]bool{}
	for p := range set {
		w := all[p.wildcard]
		name := w.test + w.text[:p.length]
		if strings.Contains(w.text[:max(0, p.length-1)], anything) {
			name += fmt.Sprint(p.wildcard)
		}
		distinct[name] = true
	}
	return len(distinct) > wildcardLimit
}
