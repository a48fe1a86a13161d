package pattern

import (
	"fmt"
	"strconv"
	"strings"
)

// parseNumber reads a number as EventBridge compares it: as a double, if the shortest decimal that names that double is
// the number itself. 9007199254740993 is not, and equals only what is written with the same digits.
func parseNumber(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return 0, false
	case f == 0:
		return 0, decimalOf(text).digits == ""
	default:
		return f, decimalOf(text) == decimalOf(shortest(f))
	}
}

// shortest is the decimal that Java prints for a double: the shortest that reads back as the same, but of two digits
// where one would do and two come closer, as with 4.9e-324.
func shortest(f float64) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	if strings.ContainsRune(s, '.') {
		return s
	}
	two := strconv.FormatFloat(f, 'e', 1, 64)
	if g, err := strconv.ParseFloat(two, 64); err == nil && g == f {
		return two
	}
	return s
}

// decimal is a number as digits without zeros at either end, times ten to the exponent.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

func decimalOf(text string) decimal {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	d.exponent, _ = strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(fraction)
	digits := strings.TrimLeft(whole+fraction, "0")
	d.digits = strings.TrimRight(digits, "0")
	d.exponent += len(digits) - len(d.digits)
	return d
}

// exactNumber matches a number in a pattern.
func exactNumber(text string) matcher {
	if f, ok := parseNumber(text); ok {
		return func(v *value) bool { return v.isNumber && v.number == f }
	}
	if strings.ContainsAny(text, ".eE") {
		// AWS rewrites such a number in events, and no event then has it.
		return func(*value) bool { return false }
	}
	return func(v *value) bool { return v.text == text }
}

const numericForms = `"numeric" takes an array such as ["=", 5], [">=", 1] or [">", 0, "<=", 10]`

// comparisons are what numeric can do.
var comparisons = map[string]func(number, bound float64) bool{
	"=":  func(number, bound float64) bool { return number == bound },
	">":  func(number, bound float64) bool { return number > bound },
	">=": func(number, bound float64) bool { return number >= bound },
	"<":  func(number, bound float64) bool { return number < bound },
	"<=": func(number, bound float64) bool { return number <= bound },
}

// numeric reads one comparison, or a lower and an upper bound in this order.
func (c *compiler) numeric(n *node, at string) matcher {
	if n.kind != kindArray || len(n.items) == 0 {
		c.fail(n, at, numericForms)
		return nil
	}
	var bounds []float64
	for i := 0; i < len(n.items); i += 2 {
		bound, ok := c.comparison(n.items, i, at)
		if !ok {
			return nil
		}
		bounds = append(bounds, bound)
	}
	if len(bounds) == 2 && bounds[0] >= bounds[1] {
		c.fail(n.items[3], fmt.Sprintf("%s[3]", at),
			fmt.Sprintf("the upper bound must be greater than the lower one, %s", n.items[1].text))
		return nil
	}
	return func(v *value) bool {
		matches := v.isNumber
		for i, bound := range bounds {
			matches = matches && comparisons[n.items[2*i].text](v.number, bound)
		}
		return matches
	}
}

// comparison reads the operator at items[i] and the number after it.
func (c *compiler) comparison(items []*node, i int, at string) (bound float64, ok bool) {
	op, place := items[i], fmt.Sprintf("%s[%d]", at, i)
	switch {
	case op.kind != kindString:
		c.fail(op, place,
			fmt.Sprintf(`a comparison is expected here ("=", "<", "<=", ">" or ">="), this is %s`, op.kind))
		return 0, false
	case comparisons[op.text] == nil:
		c.fail(op, place, fmt.Sprintf(`%q is no comparison; those are "=", "<", "<=", ">" and ">="`, op.text))
		return 0, false
	case i > 2 || i == 2 && (items[0].text[0] != '>' || op.text[0] != '<'):
		c.fail(op, place, `two comparisons are a lower bound and then an upper one, such as [">", 0, "<=", 10]`)
		return 0, false
	case i+1 == len(items):
		c.fail(op, place, fmt.Sprintf("a number is missing after %q; %s", op.text, numericForms))
		return 0, false
	}
	number, place := items[i+1], fmt.Sprintf("%s[%d]", at, i+1)
	if number.kind != kindNumber {
		c.fail(number, place, fmt.Sprintf("after %q comes a number, this is %s", op.text, number.kind))
		return 0, false
	}
	return c.number(number, place)
}

// number reads a number that EventBridge can compare.
func (c *compiler) number(n *node, at string) (float64, bool) {
	f, ok := parseNumber(n.text)
	if !ok {
		c.fail(n, at,
			n.text+" is more than a double holds exactly, EventBridge cannot compare it; use at most 15 digits")
	}
	return f, ok
}
