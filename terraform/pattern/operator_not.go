package pattern

import "fmt"

const anythingButForms = `"anything-but" takes a string, a number, an array of one of these, ` +
	`or an object with prefix, suffix, equals-ignore-case or wildcard`

// anythingBut reads every form that EventBridge has for it.
func (c *compiler) anythingBut(n *node, at string) matcher {
	switch n.kind {
	case kindString, kindNumber:
		return c.noneOf([]*node{n}, at)
	case kindArray:
		if len(n.items) == 0 {
			c.fail(n, at, `an empty "anything-but" excludes nothing; write [{"exists": true}] for any value`)
			return nil
		}
		return c.noneOf(n.items, at)
	case kindObject:
		return c.noneLike(n, at)
	default:
		c.fail(n, at, fmt.Sprintf("%s; this is %s", anythingButForms, n.kind))
		return nil
	}
}

// noneOf reads strings or numbers, and refuses both in one list.
func (c *compiler) noneOf(items []*node, at string) matcher {
	var texts none
	var numbers noNumber
	for i, item := range items {
		place := fmt.Sprintf("%s[%d]", at, i)
		switch {
		case item.kind != kindString && item.kind != kindNumber:
			c.fail(item, place, fmt.Sprintf(`"anything-but" lists strings or numbers, this is %s`, item.kind))
			return nil
		case item.kind != items[0].kind:
			c.fail(item, place, fmt.Sprintf(`"anything-but" lists strings or numbers, not both; `+
				"this is %s, the first is %s", item.kind, items[0].kind))
			return nil
		case item.kind == kindString:
			texts = append(texts, exact{`"` + item.text + `"`})
		default:
			value, ok := parseNumber([]byte(item.text))
			if !ok {
				c.fail(item, place, notComparable(item.text))
				return nil
			}
			numbers = append(numbers, value)
		}
	}
	if numbers != nil {
		return numbers
	}
	return texts
}

// noneLike reads {"prefix": …} and its kin, each with a string or a list of strings.
func (c *compiler) noneLike(n *node, at string) matcher {
	if len(n.members) != 1 {
		c.fail(n, at, fmt.Sprintf("%s; this object has %d names", anythingButForms, len(n.members)))
		return nil
	}
	op, value := n.members[0], n.members[0].value
	at = dotted(at, op.key)
	switch op.key {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
	default:
		c.failAt(op, at, fmt.Sprintf(`%q cannot be turned round; %s`, op.key, anythingButForms)+
			didYouMean(op.key, "prefix", "suffix", "equals-ignore-case", "wildcard"))
		return nil
	}
	items := value.items
	if value.kind != kindArray {
		items = []*node{value}
	}
	if len(items) == 0 {
		c.fail(value, at, fmt.Sprintf("an empty array under %q excludes nothing; list at least one string", op.key))
		return nil
	}
	return c.unlike(op.key, items, at)
}

func (c *compiler) unlike(op string, items []*node, at string) matcher {
	var all none
	for i, item := range items {
		place := fmt.Sprintf("%s[%d]", at, i)
		switch {
		case item.kind != kindString:
			c.fail(item, place, fmt.Sprintf(`%q under "anything-but" takes a string or an array of strings, this is %s`,
				op, item.kind))
			return nil
		case item.text == "" && (op == "prefix" || op == "suffix"):
			c.fail(item, place, fmt.Sprintf(`an empty %s under "anything-but" would exclude every string; `+
				"EventBridge refuses it", op))
			return nil
		case op == "wildcard" && !c.checkWildcard(item, place):
			return nil
		}
		all = append(all, like(op, item.text))
	}
	return all
}

// like is the operator whose opposite an anything-but asks for.
func like(op, text string) matcher {
	switch op {
	case "prefix":
		return prefix{`"` + text}
	case "suffix":
		return suffix{text + `"`}
	case "wildcard":
		return newGlob(`"` + text + `"`)
	default:
		return foldEqual{newFold(`"` + text + `"`)}
	}
}
