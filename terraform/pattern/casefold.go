package pattern

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// folded is one character of a text that is compared without regard to case: its lower and its upper form, each of
// which may be several characters.
type folded struct{ lower, upper string }

// foldCase prepares a text to be compared without regard to case, as EventBridge does it: each character of the pattern
// stands for its lower and its upper form, and nothing is done to the event. ß in a pattern so matches ß and SS, but SS
// only SS.
//
// The engine asks Java for both forms of one character at a time, by Unicode's full mappings: without a language, and
// without the rule for a sigma at the end of a word.
func foldCase(text string) []folded {
	lower, upper := cases.Lower(language.Und, cases.HandleFinalSigma(false)), cases.Upper(language.Und)
	var all []folded
	for _, r := range text {
		if r > 0xffff {
			// EventBridge takes the two halves of such a character apart and is left with two question marks.
			all = append(all, folded{"??", "??"})
			continue
		}
		all = append(all, folded{lower.String(string(r)), upper.String(string(r))})
	}
	return all
}

// No form of a character begins or ends another, so the searches below never need to go back.

// cutFoldedPrefix is the text after a beginning in any case.
func cutFoldedPrefix(text string, prefix []folded) (rest string, ok bool) {
	for _, c := range prefix {
		rest, ok := strings.CutPrefix(text, c.lower)
		if !ok {
			if rest, ok = strings.CutPrefix(text, c.upper); !ok {
				return "", false
			}
		}
		text = rest
	}
	return text, true
}

func hasFoldedSuffix(text string, suffix []folded) bool {
	for i := len(suffix) - 1; i >= 0; i-- {
		rest, ok := strings.CutSuffix(text, suffix[i].lower)
		if !ok {
			if rest, ok = strings.CutSuffix(text, suffix[i].upper); !ok {
				return false
			}
		}
		text = rest
	}
	return true
}

// The matchers below compare strings in their quotes, see operators.go.

func equalInAnyCase(text string) matcher {
	all := foldCase(`"` + text + `"`)
	return func(v *value) bool {
		rest, ok := cutFoldedPrefix(v.text, all)
		return ok && rest == ""
	}
}

func prefixInAnyCase(text string) matcher {
	prefix := foldCase(`"` + text)
	return func(v *value) bool {
		_, ok := cutFoldedPrefix(v.text, prefix)
		return ok
	}
}

func suffixInAnyCase(text string) matcher {
	suffix := foldCase(text + `"`)
	return func(v *value) bool { return hasFoldedSuffix(v.text, suffix) }
}
