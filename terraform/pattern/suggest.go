package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// knownOperators is the list for messages; "exactly" is left out, a plain string does the same.
const knownOperators = "the operators are anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix and wildcard"

// otherWords are what people write who know other filter languages.
var otherWords = map[string]string{
	"not": "anything-but", "not-in": "anything-but", "ne": "anything-but", "except": "anything-but",
	"starts-with": "prefix", "startswith": "prefix", "begins-with": "prefix", "beginswith": "prefix",
	"ends-with": "suffix", "endswith": "suffix", "contains": "wildcard", "like": "wildcard", "glob": "wildcard",
	"regex": "wildcard", "matches": "wildcard", "range": "numeric", "between": "numeric", "number": "numeric",
	"ip": "cidr", "ip-range": "cidr", "ip-address": "cidr", "ignore-case": "equals-ignore-case",
	"iequals": "equals-ignore-case", "present": "exists", "exist": "exists",
}

// unknownOperator says what may have been meant. An array or an object under the name is most likely a field that was
// put into an array by mistake.
func unknownOperator(m member) string {
	known := make([]string, 0, len(operators))
	for name := range operators {
		known = append(known, name)
	}
	slices.Sort(known)
	hint := didYouMean(m.key, known...)
	if word, ok := otherWords[strings.ToLower(m.key)]; ok && hint == "" {
		hint = fmt.Sprintf("; did you mean %q?", word)
	}
	switch {
	case hint != "":
	case m.value.kind == kindArray || m.value.kind == kindObject:
		hint = fmt.Sprintf("; if %q is a field, leave out the array around its object", m.key)
	default:
		hint = "; " + knownOperators
	}
	return fmt.Sprintf("unknown operator %q%s", m.key, hint)
}

// didYouMean is the nearest of the known words as the end of a message, or "".
func didYouMean(word string, known ...string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// nearest is the known word that differs in the fewest letters, if these are few, or "".
func nearest(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	plain := normal(word)
	for _, k := range known {
		// The letters that one has more than the other are left out at least, so this spares most of the comparisons.
		other := normal(k)
		if more := len(plain) - len(other); max(more, -more) >= least {
			continue
		}
		if d := distance(plain, other); d < least && d < len(k)/2+1 {
			best, least = k, d
		}
	}
	return best
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func normal(s string) string { return separators.Replace(strings.ToLower(s)) }

// distance is how many letters must be put in, left out, changed or swapped with their neighbour.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	var before, row []int
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row = make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}
