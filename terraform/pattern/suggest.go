package pattern

import (
	"fmt"
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

// separators removes characters that are ignored when names are compared.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// nearest returns the known word that differs in the fewest letters, or "" if every word differs in many.
func nearest(word string, known []string) string {
	plain := separators.Replace(strings.ToLower(word))
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		distance := levenshtein.Distance(plain, separators.Replace(strings.ToLower(k)), nil)
		if distance < fewest && distance < len(k)/2+1 {
			best, fewest = k, distance
		}
	}
	return best
}
