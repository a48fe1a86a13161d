package pattern

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// test is one of the alternatives in the array of a field.
type test struct {
	wants        string                 // what it accepts, in words; equal for tests that accept the same
	match        func(text string) bool // takes value.text
	mayBeMissing bool                   // the field may be missing
	wildcards    []string               // for checkWildcards
}

// wildcardRule is for messages.
const wildcardRule = `in a wildcard, * stands for any number of characters, no two asterisks are in a row, ` +
	`and a backslash is only before * or \; in JSON, write \\* and \\\\`

// operators holds, for each operator, what it takes, and the function that reads it. The function returns the value
// that is not accepted, or nil.
var operators = map[string]struct {
	takes string
	read  func(n *node) (t test, wrong *node)
}{
	"anything-but": {
		`a string, a number of at most 15 digits, a list of strings or of numbers, ` +
			`or an object with prefix, suffix, equals-ignore-case or wildcard and a string or a list of strings; ` +
			`no list, prefix or suffix is empty; ` + wildcardRule,
		anythingBut,
	},
	"cidr": {
		"an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string",
		cidr,
	},
	ignoreCase: {"a string", stringOperator},
	"exactly":  {"a string", stringOperator},
	"exists":   {"true or false without quotes", exists},
	"numeric": {
		`an array such as ["=", 5], [">=", 1] or [">", 0, "<=", 10]; ` +
			`the first bound of a range is the lower one, and a number has at most 15 digits`,
		numeric,
	},
	"prefix":   {`a string, or {"equals-ignore-case": "…"}`, stringOperator},
	"suffix":   {`a string, or {"equals-ignore-case": "…"}`, stringOperator},
	"wildcard": {"a string; " + wildcardRule, stringOperator},
}

// alternative reads one item of a field's array.
func (p *Pattern) alternative(n *node) test {
	switch n.kind {
	case kindObject:
		return p.operator(n)
	case kindArray:
		return p.fail(n.at, "an array inside an array matches nothing; list the values themselves, "+
			"EventBridge looks into the arrays of an event by itself")
	case kindNumber:
		t, changed := exactNumber(n)
		if changed != nil && strings.ContainsAny(n.text, ".eE") {
			p.warn(n.at, "%s changes when it is converted to a double, and AWS rewrites such numbers in events: "+
				"this never matches", n.text)
		}
		return t
	case kindString:
		// EventBridge compares an address in a pattern as an address, in whatever form the event writes it.
		if ip, ok := parseIP(n.text); ok {
			return test{wants: fmt.Sprintf("the address %q", n.text), match: func(text string) bool {
				other, ok := address(text)
				return ok && other == ip
			}}
		}
		t, _ := stringTest("exactly", n)
		return t
	default:
		return test{wants: n.text, match: func(text string) bool { return text == n.text }}
	}
}

// operator reads an object such as {"prefix": "aws."}.
func (p *Pattern) operator(n *node) test {
	if len(n.children) == 0 {
		return p.fail(n.at, "an empty object is not an operator; %s", listOfOperators)
	}
	m := n.children[0]
	operator, known := operators[m.name]
	if !known {
		return p.fail(m.nameAt, "unknown operator %q%s", m.name, hintForOperator(m))
	}
	if len(n.children) > 1 {
		second := n.children[1]
		return p.fail(second.nameAt, "an object can hold only one operator, and %q is a second one; if either may match, "+
			"write two objects (EventBridge cannot require both)", second.name)
	}
	t, wrong := operator.read(m)
	if wrong != nil {
		return p.fail(wrong.at, "%q takes %s", m.name, operator.takes)
	}
	return t
}

// exists reads true or false. A value always exists, so only true can match a value.
func exists(n *node) (t test, wrong *node) {
	switch n.raw {
	case "true":
		return test{wants: "any value", match: func(string) bool { return true }}, nil
	case "false":
		return test{wants: "no value", match: func(string) bool { return false }, mayBeMissing: true}, nil
	}
	return t, n
}

// cidr reads a block of addresses. EventBridge compares strings: the hexadecimal digits of an address in the event (or
// a number as it is written) with the hexadecimal digits of the block's lowest and highest address. If one has fewer
// digits, only that many are compared. Therefore, 0.0.0.0/0 also matches every IPv6 address, and a block also matches a
// number whose first digits are in its range.
func cidr(n *node) (t test, wrong *node) {
	begin, length, _ := strings.Cut(n.text, "/")
	ip, _ := parseIP(begin)
	block, err := netip.ParsePrefix(ip.String() + "/" + length)
	if n.kind != kindString || err != nil || block.IsSingleIP() {
		return t, n
	}
	last := block.Masked().Addr().AsSlice()
	low := fmt.Sprintf("%X", last)
	for i := block.Bits(); i < ip.BitLen(); i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	high := fmt.Sprintf("%X", last)
	return test{wants: "an address in " + n.text, match: func(digits string) bool {
		if ip, ok := address(digits); ok {
			digits = fmt.Sprintf("%X", ip.AsSlice())
		}
		length := min(len(digits), len(low))
		from, at, to := low[:length], digits[:length], high[:length]
		return from < at && at < to || length == len(low) && (at == from || at == to)
	}}, nil
}

// leadingZeros matches the zeros before another digit of a number.
var leadingZeros = regexp.MustCompile(`\b0+([0-9])`)

// parseIP reads what EventBridge takes for an address: four numbers with dots, with or without leading zeros, or hex
// digits with colons. The mixed form ::ffff:10.0.0.1 is not an address, and ::ffff:a00:1 is an IPv4 address.
func parseIP(text string) (netip.Addr, bool) {
	hasDots := strings.Contains(text, ".")
	if hasDots {
		text = leadingZeros.ReplaceAllString(text, "$1")
	}
	ip, err := netip.ParseAddr(text)
	return ip.Unmap(), err == nil && ip.Is4() == hasDots && ip.Zone() == ""
}

// address returns the address that a value is, if it is one.
func address(text string) (netip.Addr, bool) {
	if text[0] != '"' {
		return netip.Addr{}, false
	}
	return parseIP(text[1 : len(text)-1])
}

// comparisons holds, for each operator of numeric, the results of cmp.Compare(number, bound) that it accepts.
var comparisons = map[string][]int{"=": {0}, ">": {1}, ">=": {0, 1}, "<": {-1}, "<=": {-1, 0}}

// numeric reads one comparison, or a lower and an upper bound in this order.
func numeric(n *node) (t test, wrong *node) {
	var ops, words []string
	var bounds []float64
	for pair := range slices.Chunk(n.children, 2) {
		op, number := pair[0], pair[len(pair)-1]
		bound, isDouble := parseNumber(number.text)
		if comparisons[op.text] == nil || number.kind != kindNumber || !isDouble {
			return t, op
		}
		ops, bounds = append(ops, op.text), append(bounds, bound)
		words = append(words, fmt.Sprint(op.text, " ", bound))
	}
	isRange := len(ops) == 2 && ops[0][0] == '>' && ops[1][0] == '<' && bounds[0] < bounds[1]
	if n.kind != kindArray || len(ops) != 1 && !isRange {
		return t, n
	}
	return test{wants: "a number " + strings.Join(words, " and "), match: func(text string) bool {
		number, isDouble := parseNumber(text)
		for i, op := range ops {
			if !slices.Contains(comparisons[op], cmp.Compare(number, bounds[i])) {
				return false
			}
		}
		return isDouble
	}}, nil
}

// anythingBut reads every form of anything-but that EventBridge accepts. An event's value always matches if its type is
// not that of the listed values, or if it is a number that the conversion to a double changes.
func anythingBut(n *node) (t test, wrong *node) {
	op, list := "exactly", n
	if n.kind == kindObject && len(n.children) == 1 {
		list = n.children[0]
		op = list.name
		if !slices.Contains([]string{"prefix", "suffix", ignoreCase, "wildcard"}, op) {
			return t, n
		}
	}
	items := []*node{list}
	if list.kind == kindArray {
		items = list.children
	}
	if len(items) == 0 {
		return t, list
	}
	var excluded []test
	var words []string
	for _, item := range items {
		e, wrong := stringTest(op, item)
		if item.kind == kindNumber && op == "exactly" {
			e, wrong = exactNumber(item)
		}
		if wrong != nil || item.kind != items[0].kind || item.text == "" && (op == "prefix" || op == "suffix") {
			return t, item // a text that is empty would exclude every string
		}
		excluded, words, t.wildcards = append(excluded, e), append(words, e.wants), append(t.wildcards, e.wildcards...)
	}
	slices.Sort(words)
	t.wants = "anything but " + strings.Join(slices.Compact(words), " and ")
	t.match = func(text string) bool {
		return !slices.ContainsFunc(excluded, func(e test) bool { return e.match(text) })
	}
	return t, nil
}
