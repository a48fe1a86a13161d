package pattern

import (
	"fmt"
	"math"
)

const numericForms = `"numeric" takes an array such as ["=", 5], [">=", 1] or [">", 0, "<=", 10]`

// numeric reads one comparison, or a lower and an upper bound in this order.
func (c *compiler) numeric(n *node, at string) matcher {
	if n.kind != kindArray || len(n.items) == 0 {
		c.fail(n, at, numericForms)
		return nil
	}
	r := bounds{low: math.Inf(-1), high: math.Inf(1)}
	for i := 0; i < len(n.items); i += 2 {
		if !c.comparison(&r, n, i, at) {
			return nil
		}
	}
	if len(n.items) == 4 && r.low >= r.high {
		c.fail(n.items[3], fmt.Sprintf("%s[3]", at), fmt.Sprintf("the upper bound must be greater than the lower one, %s",
			n.items[1].text))
		return nil
	}
	return r
}

// comparison reads the operator at items[i] and the number after it.
func (c *compiler) comparison(r *bounds, n *node, i int, at string) bool {
	op, place := n.items[i], fmt.Sprintf("%s[%d]", at, i)
	if !c.numericOperator(n, i, place) {
		return false
	}
	if i+1 == len(n.items) {
		c.fail(op, place, fmt.Sprintf("a number is missing after %q; %s", op.text, numericForms))
		return false
	}
	number, place := n.items[i+1], fmt.Sprintf("%s[%d]", at, i+1)
	if number.kind != kindNumber {
		c.fail(number, place, fmt.Sprintf("after %q comes a number, this is %s", op.text, number.kind))
		return false
	}
	value, ok := parseNumber([]byte(number.text))
	if !ok {
		c.fail(number, place, notComparable(number.text))
		return false
	}
	switch op.text {
	case "=":
		r.low, r.high = value, value
	case ">", ">=":
		r.low, r.lowOpen = value, op.text == ">"
	case "<", "<=":
		r.high, r.highOpen = value, op.text == "<"
	}
	return true
}

// numericOperator checks that items[i] is a comparison and may stand there.
func (c *compiler) numericOperator(n *node, i int, place string) bool {
	op := n.items[i]
	known := false
	switch op.text {
	case "=", "<", "<=", ">", ">=":
		known = op.kind == kindString
	}
	switch {
	case !known && op.kind == kindString:
		c.fail(op, place, fmt.Sprintf(`%q is no comparison; those are "=", "<", "<=", ">" and ">="`, op.text))
	case !known:
		c.fail(op, place, fmt.Sprintf(`a comparison is expected here ("=", "<", "<=", ">" or ">="), this is %s`, op.kind))
	case i == 0:
		return true
	case i == 2 && (n.items[0].text == ">" || n.items[0].text == ">=") && (op.text == "<" || op.text == "<="):
		return true
	default:
		c.fail(op, place, `two comparisons are a lower bound and then an upper one, such as [">", 0, "<=", 10]`)
	}
	return false
}

func notComparable(number string) string {
	return fmt.Sprintf("%s is more than a double holds exactly, EventBridge cannot compare it; "+
		"use at most 15 digits", number)
}
