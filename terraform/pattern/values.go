package pattern

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// parseNumber reads a number as EventBridge compares it. If converting it to a double and back to the shortest decimal
// gives the same number, it is compared as a double. This is so for 0.1, but not for 9007199254740993, which becomes
// 9007199254740992: such a number equals only one with the same digits, and parseNumber returns false.
func parseNumber(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	if f == 0 {
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		return 0, strings.Trim(mantissa, "-0.") == ""
	}
	if len(text) <= 15 && !strings.ContainsAny(text, "eE") {
		return f, true // fifteen digits never change
	}
	var given, shortest big.Rat
	given.SetString(text)
	shortest.SetString(strconv.FormatFloat(f, 'e', -1, 64))
	return f, given.Cmp(&shortest) == 0
}

// exactNumber reads a number that an event must have. It also returns the number if the conversion to a double changes
// it. AWS rewrites such a number in events if it is a fraction, which then never matches.
func exactNumber(n *node) (t test, changed *node) {
	if f, isDouble := parseNumber(n.text); isDouble {
		return test{wants: fmt.Sprint(f), match: func(text string) bool {
			number, isDouble := parseNumber(text)
			return isDouble && number == f
		}}, nil
	}
	isFraction := strings.ContainsAny(n.text, ".eE")
	return test{wants: n.text, match: func(text string) bool { return !isFraction && text == n.text }}, n
}

const ignoreCase = "equals-ignore-case"

// stringOperators holds what each operator on strings accepts, in words and as a regular expression, in which %s stands
// for the text. Strings are compared with their quotes, as EventBridge does it, so that no operator on strings can
// match a number.
var stringOperators = map[string]struct {
	wants, expression string
	escape            func(text string) string
}{
	"exactly":              {`%q`, `^"%s"$`, regexp.QuoteMeta},
	"prefix":               {`a string that begins with %q`, `^"%s`, regexp.QuoteMeta},
	"suffix":               {`a string that ends with %q`, `%s"$`, regexp.QuoteMeta},
	"wildcard":             {`a string like %q`, `^"%s"$`, wildcardExpression},
	ignoreCase:             {`%q in upper or lower case`, `^"%s"$`, inAnyCase},
	"prefix " + ignoreCase: {`a string that begins with %q in upper or lower case`, `^"%s`, inAnyCase},
	"suffix " + ignoreCase: {`a string that ends with %q in upper or lower case`, `%s"$`, inAnyCase},
}

// stringOperator reads the value of prefix, suffix, equals-ignore-case, wildcard or exactly.
func stringOperator(n *node) (test, *node) {
	op := n.name
	if affix := op == "prefix" || op == "suffix"; affix && len(n.children) == 1 && n.children[0].name == ignoreCase {
		n = n.children[0]
		op += " " + ignoreCase
	}
	return stringTest(op, n)
}

// stringTest returns the test of an operator on strings.
func stringTest(op string, n *node) (t test, wrong *node) {
	if n.kind != kindString || op == "wildcard" && !wildcardForm.MatchString(n.text) {
		return t, n
	}
	o := stringOperators[op]
	expression := regexp.MustCompile(`(?s)` + fmt.Sprintf(o.expression, o.escape(n.text)))
	t.wants = fmt.Sprintf(o.wants, n.text)
	t.match = expression.MatchString
	if op == "wildcard" {
		t.wildcards = []string{`"` + resolveWildcard(n.text) + `"`}
	}
	return t, nil
}

// inAnyCase returns an expression for a text that ignores case as EventBridge does: each character of the pattern
// stands for its lower and its upper form, and the event is not changed. Therefore, ß in a pattern matches ß and SS,
// but SS in a pattern does not match ß. The engine asks Java for both forms of one character at a time, by Unicode's
// full mappings: without a language, and without the rule for a sigma at the end of a word.
func inAnyCase(text string) string {
	var all strings.Builder
	for _, r := range text {
		// EventBridge converts the two halves of a character beyond U+FFFF separately, which results in two question marks.
		lower, upper := "??", "??"
		if r <= 0xffff {
			lower = cases.Lower(language.Und, cases.HandleFinalSigma(false)).String(string(r))
			upper = cases.Upper(language.Und).String(string(r))
		}
		all.WriteString("(?:" + regexp.QuoteMeta(lower) + "|" + regexp.QuoteMeta(upper) + ")")
	}
	return all.String()
}
