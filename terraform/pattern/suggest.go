package pattern

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean returns the end of a message that suggests the nearest of the known words, or "".
func didYouMean(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// listOfOperators is for messages; "exactly" is left out, because a plain string does the same.
const listOfOperators = "the operators are " +
	"anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix and wildcard"

// hintForOperator returns a hint at what the author may have meant by an unknown name. If its value is an array or an
// object, it is most likely a field that was put into an array by mistake.
func hintForOperator(m *node) string {
	hint := didYouMean(m.name, slices.Sorted(maps.Keys(operators)))
	switch {
	case hint != "":
		return hint
	case m.kind == kindArray || m.kind == kindObject:
		return fmt.Sprintf("; if %q is a field, remove the array around its object", m.name)
	default:
		return "; " + listOfOperators
	}
}

// nearest returns the known word that differs in the fewest letters, or "" if every word differs in many.
func nearest(word string, known []string) string {
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		distance := levenshtein.Distance(strings.ToLower(word), strings.ToLower(k), nil)
		if distance < fewest && distance < len(k)/2+1 {
			best, fewest = k, distance
		}
	}
	return best
}
