package pattern

import (
	"fmt"
	"slices"
)

// matcher is one of the alternatives in the array of a field.
type matcher func(v *value) bool

// operatorNames are the operators that EventBridge has, as it lists them in its own guide.
var operatorNames = []string{
	"anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix", "suffix", "wildcard",
}

// alternative reads one item of a field's array. It returns nil when that is a mistake, which it has noted.
func (c *compiler) alternative(n *node, at string) matcher {
	switch n.kind {
	case kindObject:
		return c.operator(n, at)
	case kindArray:
		c.fail(n, at, "an array inside an array matches nothing; list the values themselves, "+
			"EventBridge looks into the arrays of an event by itself")
		return nil
	case kindNumber:
		return exactNumber(n.text)
	case kindString:
		// EventBridge takes an address in a pattern for the address, however the event writes it.
		if ip, ok := parseIP(n.text); ok {
			return oneAddress(ip).match
		}
		return stringMatcher("exactly", n.text)
	default:
		return func(v *value) bool { return v.text == n.text }
	}
}

// operator reads an object such as {"prefix": "aws."}.
func (c *compiler) operator(n *node, at string) matcher {
	if len(n.members) == 0 {
		c.fail(n, at, "an empty object is no operator; "+listOfOperators)
		return nil
	}
	m := n.members[0]
	if !slices.Contains(operatorNames, m.key) {
		c.failAt(m.off, m.end, dotted(at, m.key), unknownOperator(m))
		return nil
	}
	if len(n.members) > 1 {
		second := n.members[1]
		c.failAt(second.off, second.end, dotted(at, second.key), fmt.Sprintf("one operator to an object, "+
			"%q is a second one; for either of them write two objects, EventBridge cannot ask for both", second.key))
		return nil
	}
	at = dotted(at, m.key)
	switch m.key {
	case "anything-but":
		return c.anythingBut(m.value, at)
	case "numeric":
		return c.numeric(m.value, at)
	case "exists":
		return c.exists(m.value, at)
	case "cidr":
		return c.cidr(m.value, at)
	default:
		return c.stringOperator(m.key, m.value, at)
	}
}

// exists reads true or false. A value always exists, so only true can match one; see field.absent.
func (c *compiler) exists(n *node, at string) matcher {
	if n.kind != kindLiteral || n.text == "null" {
		c.fail(n, at, fmt.Sprintf(`"exists" takes true or false without quotes, this is %s`, n.kind))
		return nil
	}
	return func(*value) bool { return n.text == "true" }
}

func (c *compiler) cidr(n *node, at string) matcher {
	if !c.isString(n, at, "cidr") {
		return nil
	}
	block, problem := parseCIDR(n.text)
	if problem != "" {
		c.fail(n, at, problem)
		return nil
	}
	return block.match
}

// isString refuses what is no string where an operator takes one.
func (c *compiler) isString(n *node, at, op string) bool {
	if n.kind != kindString {
		c.fail(n, at, fmt.Sprintf("%q takes a string, this is %s", op, n.kind))
		return false
	}
	return true
}

// stringOperator reads what prefix, suffix, equals-ignore-case, wildcard and exactly take.
func (c *compiler) stringOperator(op string, n *node, at string) matcher {
	const anyCase = "equals-ignore-case"
	if n.kind == kindObject && (op == "prefix" || op == "suffix") {
		if !n.isCall(anyCase) {
			c.fail(n, at, fmt.Sprintf(`%q takes a string, or {"equals-ignore-case": "…"} and nothing beside it`, op))
			return nil
		}
		text := n.members[0].value
		if !c.isString(text, dotted(at, anyCase), anyCase) {
			return nil
		}
		return anyCaseMatcher(op, text.text)
	}
	if !c.isString(n, at, op) || op == "wildcard" && !c.checkWildcard(n, at) {
		return nil
	}
	return stringMatcher(op, n.text)
}

func (c *compiler) checkWildcard(n *node, at string) bool {
	_, problem := splitWildcard(n.text)
	if problem != "" {
		c.fail(n, at, problem)
	}
	return problem == ""
}

const anythingButForms = `"anything-but" takes a string, a number, an array of one of these, ` +
	`or an object with prefix, suffix, equals-ignore-case or wildcard`

// anythingBut reads every form that EventBridge has for it. A value of another type, and a number that a double does
// not hold, is anything but what is listed.
func (c *compiler) anythingBut(n *node, at string) matcher {
	op, list := "exactly", n
	problem := `an empty "anything-but" excludes nothing; write [{"exists": true}] for any value`
	switch n.kind {
	case kindLiteral:
		c.fail(n, at, fmt.Sprintf("%s; this is %s", anythingButForms, n.kind))
		return nil
	case kindObject:
		if !c.checkExcludingOperator(n, at) {
			return nil
		}
		op, list = n.members[0].key, n.members[0].value
		at = dotted(at, op)
		problem = fmt.Sprintf("an empty array under %q excludes nothing; list at least one string", op)
	}
	items := list.items
	if list.kind != kindArray {
		items = []*node{list}
	}
	if len(items) == 0 {
		c.fail(list, at, problem)
		return nil
	}
	var excluded []matcher
	for i, item := range items {
		if !c.checkExcluded(op, item, items[0].kind, fmt.Sprintf("%s[%d]", at, i)) {
			return nil
		}
		if item.kind == kindNumber {
			excluded = append(excluded, exactNumber(item.text))
		} else {
			excluded = append(excluded, stringMatcher(op, item.text))
		}
	}
	return func(v *value) bool {
		return !slices.ContainsFunc(excluded, func(m matcher) bool { return m(v) })
	}
}

// checkExcludingOperator refuses under anything-but what is no operator on strings.
func (c *compiler) checkExcludingOperator(n *node, at string) bool {
	if len(n.members) != 1 {
		c.fail(n, at, fmt.Sprintf("%s; this object has %d names", anythingButForms, len(n.members)))
		return false
	}
	op, known := n.members[0], []string{"prefix", "suffix", "equals-ignore-case", "wildcard"}
	if !slices.Contains(known, op.key) {
		c.failAt(op.off, op.end, dotted(at, op.key),
			fmt.Sprintf(`%q cannot be negated; %s`, op.key, anythingButForms)+didYouMean(op.key, known))
		return false
	}
	return true
}

// checkExcluded refuses an item of the list that anything-but, or an operator under it, takes.
func (c *compiler) checkExcluded(op string, item *node, first kind, at string) bool {
	switch {
	case op != "exactly" && item.kind != kindString:
		c.fail(item, at,
			fmt.Sprintf(`%q under "anything-but" takes a string or an array of strings, this is %s`, op, item.kind))
	case item.text == "" && (op == "prefix" || op == "suffix"):
		c.fail(item, at,
			fmt.Sprintf(`an empty %s under "anything-but" would exclude every string; EventBridge refuses it`, op))
	case item.kind != kindString && item.kind != kindNumber:
		c.fail(item, at, fmt.Sprintf(`"anything-but" lists strings or numbers, this is %s`, item.kind))
	case item.kind != first:
		c.fail(item, at, fmt.Sprintf(`"anything-but" lists strings or numbers, not both; this is %s, the first is %s`,
			item.kind, first))
	case item.kind == kindNumber:
		_, ok := c.number(item, at)
		return ok
	default:
		return op != "wildcard" || c.checkWildcard(item, at)
	}
	return false
}
