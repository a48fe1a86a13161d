package pattern

import (
	"regexp"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// stringMatcher matches strings as an operator does. They are compared in their quotes, as EventBridge does it: no
// operator on strings can then match a number.
func stringMatcher(op, text string) matcher {
	switch op {
	case "prefix":
		prefix := `"` + text
		return func(v *value) bool { return strings.HasPrefix(v.text, prefix) }
	case "suffix":
		suffix := text + `"`
		return func(v *value) bool { return strings.HasSuffix(v.text, suffix) }
	case "wildcard":
		pieces, _ := splitWildcard(text)
		for i, piece := range pieces {
			pieces[i] = regexp.QuoteMeta(piece)
		}
		return expression(`^"` + strings.Join(pieces, `.*`) + `"$`)
	case "equals-ignore-case":
		return expression(`^"` + inAnyCase(text) + `"$`)
	default:
		quoted := `"` + text + `"`
		return func(v *value) bool { return v.text == quoted }
	}
}

// anyCaseMatcher matches a beginning or an end without regard to case.
func anyCaseMatcher(op, text string) matcher {
	if op == "prefix" {
		return expression(`^"` + inAnyCase(text))
	}
	return expression(inAnyCase(text) + `"$`)
}

func expression(text string) matcher {
	matches := regexp.MustCompile(`(?s)` + text).MatchString
	return func(v *value) bool { return matches(v.text) }
}

// splitWildcard returns the pieces between the asterisks of a wildcard, or what is wrong with it.
func splitWildcard(text string) (pieces []string, problem string) {
	pieces = []string{""}
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "**"):
			return nil, `two asterisks in a row; one stands for any number of characters, \\* for an asterisk itself`
		case text[i] == '*':
			pieces = append(pieces, "")
			continue
		case text[i] != '\\':
		case i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '\\'):
			i++
		default:
			return nil, `in a wildcard a backslash stands before * or \ only; in JSON these are written \\* and \\\\`
		}
		pieces[len(pieces)-1] += text[i : i+1]
	}
	return pieces, ""
}

// inAnyCase is an expression for a text without regard to case, as EventBridge does it: each character of the pattern
// stands for its lower and its upper form, and nothing is done to the event. ß in a pattern so matches ß and SS, but SS
// only SS.
func inAnyCase(text string) string {
	var all strings.Builder
	for _, r := range text {
		lower, upper := casesOf(r)
		all.WriteString("(?:" + regexp.QuoteMeta(lower) + "|" + regexp.QuoteMeta(upper) + ")")
	}
	return all.String()
}

// casesOf returns the lower and the upper form of a character. The engine asks Java for both forms of one character at
// a time, by Unicode's full mappings: without a language, and without the rule for a sigma at the end of a word.
func casesOf(r rune) (lower, upper string) {
	if r > 0xffff {
		// EventBridge takes the two halves of such a character apart and is left with two question marks.
		return "??", "??"
	}
	lower = cases.Lower(language.Und, cases.HandleFinalSigma(false)).String(string(r))
	return lower, cases.Upper(language.Und).String(string(r))
}
