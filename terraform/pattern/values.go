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

// parseNumber reads a number as EventBridge compares it: as a double, if the shortest decimal that names that double is
// the number itself. 9007199254740993 is not, and equals only what is written with the same digits.
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
		return f, true // a double holds fifteen digits
	}
	var given, shortest big.Rat
	given.SetString(text)
	shortest.SetString(strconv.FormatFloat(f, 'e', -1, 64))
	return f, given.Cmp(&shortest) == 0
}

// comparable reads a number that EventBridge can compare.
func (c *compiler) comparable(n *node) (float64, bool) {
	f, ok := parseNumber(n.text)
	if !ok {
		c.fail(n.at, "%s is more than a double holds exactly, EventBridge cannot compare it; use at most 15 digits", n.text)
	}
	return f, ok
}

func (c *compiler) exactNumber(n *node) test {
	f, ok := parseNumber(n.text)
	switch {
	case ok:
		return numberTest(f)
	case strings.ContainsAny(n.text, ".eE"):
		c.warn(n.at, "%s is no number that a double holds, and AWS rewrites such numbers in events: this never matches",
			n.text)
		return test{wants: n.text, match: func(*value) bool { return false }}
	default:
		return test{wants: n.text, match: func(v *value) bool { return v.text == n.text }}
	}
}

func numberTest(f float64) test {
	return test{wants: fmt.Sprint(f), match: func(v *value) bool { return v.isNumber && v.number == f }}
}

const ignoreCase = "equals-ignore-case"

// stringOperator reads what prefix, suffix, equals-ignore-case, wildcard and exactly take.
func (c *compiler) stringOperator(n *node) test {
	switch {
	case n.kind == kindString:
		return c.stringTest(n.name, n)
	case n.name != "prefix" && n.name != "suffix":
		return c.fail(n.at, "%q takes a string, this is %s", n.name, n.kind)
	case n.kind != kindObject || len(n.children) != 1 || n.children[0].name != ignoreCase:
		return c.fail(n.at, `%q takes a string or {"equals-ignore-case": "…"}, this is %s`, n.name, n.kind)
	case n.children[0].kind != kindString:
		return c.fail(n.children[0].at, "%q takes a string, this is %s", ignoreCase, n.children[0].kind)
	}
	return c.stringTest(n.name+"-"+ignoreCase, n.children[0])
}

// stringTest is the test of an operator on strings.
func (c *compiler) stringTest(op string, n *node) test {
	if op == "wildcard" {
		if _, err := splitWildcard(n.text); err != nil {
			return c.fail(n.at, "%v", err)
		}
	}
	if strings.HasSuffix(op, ignoreCase) && strings.ContainsFunc(n.text, beyond) {
		c.warn(n.at, `EventBridge's "equals-ignore-case" never matches characters beyond U+FFFF, such as emoji`)
	}
	return stringTest(op, n.text)
}

// stringTest compares strings in their quotes, as EventBridge does it: no operator on strings can then match a number.
func stringTest(op, text string) test {
	prefix, suffix := `"`+text, text+`"`
	matching := func(wants, expression string) test {
		matches := regexp.MustCompile(`(?s)` + expression).MatchString
		return test{wants: fmt.Sprintf(wants, quote(text)), match: func(v *value) bool { return matches(v.text) }}
	}
	switch op {
	case "prefix":
		return test{
			wants: "a string that begins with " + quote(text),
			match: func(v *value) bool { return strings.HasPrefix(v.text, prefix) },
		}
	case "suffix":
		return test{
			wants: "a string that ends with " + quote(text),
			match: func(v *value) bool { return strings.HasSuffix(v.text, suffix) },
		}
	case "wildcard":
		pieces, _ := splitWildcard(text)
		for i, piece := range pieces {
			pieces[i] = regexp.QuoteMeta(piece)
		}
		return matching("a string like %s", `^"`+strings.Join(pieces, `.*`)+`"$`)
	case "prefix-" + ignoreCase:
		return matching("a string that begins with %s in any case", `^"`+inAnyCase(text))
	case "suffix-" + ignoreCase:
		return matching("a string that ends with %s in any case", inAnyCase(text)+`"$`)
	case ignoreCase:
		return matching("%s in any case", `^"`+inAnyCase(text)+`"$`)
	default:
		return test{wants: quote(text), match: func(v *value) bool { return v.text == prefix+`"` }}
	}
}

// beyond tells whether a character is outside of what EventBridge compares without regard to case: it takes the two
// halves of such a character apart and is left with two question marks.
func beyond(r rune) bool { return r > 0xffff }

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
	if beyond(r) {
		return "??", "??"
	}
	lower = cases.Lower(language.Und, cases.HandleFinalSigma(false)).String(string(r))
	return lower, cases.Upper(language.Und).String(string(r))
}
