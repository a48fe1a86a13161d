package pattern

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean is the nearest of the known words as the end of a message, or "".
func didYouMean(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// separators are left out where names are compared.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// nearest is the known word that differs in the fewest letters, if these are few, or "".
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
