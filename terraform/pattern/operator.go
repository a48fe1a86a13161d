package pattern

import (
	"fmt"
	"strings"
)

// operators are the ones that EventBridge has, as it lists them in its own guide.
var operators = map[string]func(c *compiler, n *node, at string) matcher{
	"prefix":             (*compiler).prefix,
	"suffix":             (*compiler).suffix,
	"anything-but":       (*compiler).anythingBut,
	"numeric":            (*compiler).numeric,
	"exists":             (*compiler).exists,
	"cidr":               (*compiler).cidr,
	"wildcard":           (*compiler).wildcard,
	"equals-ignore-case": (*compiler).equalsIgnoreCase,
	"exactly":            (*compiler).exactly,
}

// operator reads an object such as {"prefix": "aws."}. It returns nil when that is a mistake, which it has noted.
func (c *compiler) operator(n *node, at string) matcher {
	if len(n.members) == 0 {
		c.fail(n, at, "an empty object is no operator; "+knownOperators)
		return nil
	}
	m := n.members[0]
	read, ok := operators[m.key]
	if !ok {
		c.failAt(m, dotted(at, m.key), unknownOperator(m))
		return nil
	}
	if len(n.members) > 1 {
		second := n.members[1]
		c.failAt(second, dotted(at, second.key), fmt.Sprintf("one operator to an object, %q is a second one; "+
			"for either of them write two objects, EventBridge cannot ask for both", second.key))
		return nil
	}
	return read(c, m.value, dotted(at, m.key))
}

// text reads the string that an operator takes.
func (c *compiler) text(n *node, at, op string) (string, bool) {
	if n.kind != kindString {
		c.fail(n, at, fmt.Sprintf("%q takes a string, this is %s", op, n.kind))
		return "", false
	}
	return n.text, true
}

// ignoringCase reads {"equals-ignore-case": "…"} as the argument of another operator.
func (c *compiler) ignoringCase(n *node, at, op string) (string, bool) {
	if len(n.members) != 1 || n.members[0].key != "equals-ignore-case" {
		c.fail(n, at, fmt.Sprintf(`%q takes a string, or {"equals-ignore-case": "…"} and nothing beside it`, op))
		return "", false
	}
	return c.text(n.members[0].value, dotted(at, "equals-ignore-case"), "equals-ignore-case")
}

// A string is compared with its quotes on, as EventBridge does: no operator on strings can then match a number.

func (c *compiler) prefix(n *node, at string) matcher {
	if n.kind == kindObject {
		if text, ok := c.ignoringCase(n, at, "prefix"); ok {
			return foldPrefix{newFold(`"` + text)}
		}
		return nil
	}
	if text, ok := c.text(n, at, "prefix"); ok {
		return prefix{`"` + text}
	}
	return nil
}

func (c *compiler) suffix(n *node, at string) matcher {
	if n.kind == kindObject {
		if text, ok := c.ignoringCase(n, at, "suffix"); ok {
			return foldSuffix{newFold(text + `"`)}
		}
		return nil
	}
	if text, ok := c.text(n, at, "suffix"); ok {
		return suffix{text + `"`}
	}
	return nil
}

func (c *compiler) exactly(n *node, at string) matcher {
	if text, ok := c.text(n, at, "exactly"); ok {
		return exact{`"` + text + `"`}
	}
	return nil
}

func (c *compiler) equalsIgnoreCase(n *node, at string) matcher {
	if text, ok := c.text(n, at, "equals-ignore-case"); ok {
		return foldEqual{newFold(`"` + text + `"`)}
	}
	return nil
}

func (c *compiler) wildcard(n *node, at string) matcher {
	if text, ok := c.text(n, at, "wildcard"); ok && c.checkWildcard(n, at) {
		return newGlob(`"` + text + `"`)
	}
	return nil
}

// checkWildcard refuses two asterisks in a row and backslashes that hide nothing.
func (c *compiler) checkWildcard(n *node, at string) bool {
	text := n.text
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '*' && strings.HasPrefix(text[i+1:], "*"):
			c.fail(n, at, `two asterisks in a row; one stands for any number of characters, \\* for an asterisk itself`)
			return false
		case text[i] != '\\':
		case i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '\\'):
			i++
		default:
			c.fail(n, at, `in a wildcard a backslash stands before * or \ only; in JSON these are written \\* and \\\\`)
			return false
		}
	}
	return true
}

func (c *compiler) exists(n *node, at string) matcher {
	switch n.text {
	case "true":
		if n.kind == kindLiteral {
			return present{}
		}
	case "false":
		if n.kind == kindLiteral {
			return absent{}
		}
	}
	c.fail(n, at, fmt.Sprintf(`"exists" takes true or false without quotes, this is %s`, n.kind))
	return nil
}

func (c *compiler) cidr(n *node, at string) matcher {
	text, ok := c.text(n, at, "cidr")
	if !ok {
		return nil
	}
	block, reason := parseCIDR(text)
	if reason != "" {
		c.fail(n, at, reason)
		return nil
	}
	return block
}
