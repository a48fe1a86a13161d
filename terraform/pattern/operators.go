package pattern

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// test is one of the alternatives in the array of a field.
type test struct {
	wants  string // what it accepts, in words; equal for tests that accept the same
	match  func(v *value) bool
	absent bool // the field may be missing
}

// operators holds, for each operator, the function that reads its value.
var operators = map[string]func(c *compiler, n *node) test{
	"anything-but":       (*compiler).anythingBut,
	"cidr":               (*compiler).cidr,
	"equals-ignore-case": (*compiler).stringOperator,
	"exactly":            (*compiler).stringOperator,
	"exists":             (*compiler).exists,
	"numeric":            (*compiler).numeric,
	"prefix":             (*compiler).stringOperator,
	"suffix":             (*compiler).stringOperator,
	"wildcard":           (*compiler).stringOperator,
}

// alternative reads one item of a field's array.
func (c *compiler) alternative(n *node) test {
	switch n.kind {
	case kindObject:
		return c.operator(n)
	case kindArray:
		return c.fail(n.at, "an array inside an array matches nothing; list the values themselves, "+
			"EventBridge looks into the arrays of an event by itself")
	case kindNumber:
		return c.exactNumber(n)
	case kindString:
		// EventBridge compares an address in a pattern as an address, in whatever form the event writes it.
		if ip, ok := parseIP(n.text); ok {
			return test{wants: fmt.Sprintf("the address %q", n.text), match: func(v *value) bool {
				other, ok := v.address()
				return ok && other == ip
			}}
		}
		return c.stringTest("exactly", n)
	default:
		return test{wants: n.text, match: func(v *value) bool { return v.text == n.text }}
	}
}

// operator reads an object such as {"prefix": "aws."}.
func (c *compiler) operator(n *node) test {
	if len(n.children) == 0 {
		return c.fail(n.at, "an empty object is not an operator; %s", listOfOperators)
	}
	m := n.children[0]
	read := operators[m.name]
	if read == nil {
		return c.fail(m.nameAt, "unknown operator %q%s", m.name, hintForOperator(m))
	}
	if len(n.children) > 1 {
		second := n.children[1]
		return c.fail(second.nameAt, "an object can hold only one operator, and %q is a second one; if either may match, "+
			"write two objects (EventBridge cannot require both)", second.name)
	}
	return read(c, m)
}

// exists reads true or false. A value always exists, so only true can match a value.
func (c *compiler) exists(n *node) test {
	switch {
	case n.kind != kindLiteral || n.text == "null":
		return c.fail(n.at, `"exists" takes true or false without quotes, this is %s`, n.kind)
	case n.text == "true":
		return test{wants: "any value", match: func(*value) bool { return true }}
	default:
		return test{wants: "no value", match: func(*value) bool { return false }, absent: true}
	}
}

// cidr reads a block of addresses. EventBridge compares strings: the hexadecimal digits of an address in the event (or
// a number as it is written) with the hexadecimal digits of the block's lowest and highest address. If one has fewer
// digits, only that many are compared. Therefore, 0.0.0.0/0 also matches every IPv6 address, and a block also matches a
// number whose first digits are in its range.
func (c *compiler) cidr(n *node) test {
	address, length, _ := strings.Cut(n.text, "/")
	ip, _ := parseIP(address)
	block, err := netip.ParsePrefix(ip.String() + "/" + length)
	if n.kind != kindString || err != nil || block.IsSingleIP() {
		return c.fail(n.at, `"cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; `+
			`write a single address as a plain string`)
	}
	last := block.Masked().Addr().AsSlice()
	low := fmt.Sprintf("%X", last)
	for i := block.Bits(); i < ip.BitLen(); i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	high := fmt.Sprintf("%X", last)
	return test{wants: "an address in " + n.text, match: func(v *value) bool {
		digits := v.text
		if ip, ok := v.address(); ok {
			digits = fmt.Sprintf("%X", ip.AsSlice())
		}
		length := min(len(digits), len(low))
		from, at, to := low[:length], digits[:length], high[:length]
		return from < at && at < to || length == len(low) && (at == from || at == to)
	}}
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

const numericForms = `"numeric" takes an array such as ["=", 5], [">=", 1] or [">", 0, "<=", 10]`

// comparisons holds the comparisons that numeric supports.
var comparisons = map[string]func(number, bound float64) bool{
	"=":  func(number, bound float64) bool { return number == bound },
	">":  func(number, bound float64) bool { return number > bound },
	">=": func(number, bound float64) bool { return number >= bound },
	"<":  func(number, bound float64) bool { return number < bound },
	"<=": func(number, bound float64) bool { return number <= bound },
}

// numeric reads one comparison, or a lower and an upper bound in this order.
func (c *compiler) numeric(n *node) test {
	var ops, words []string
	var bounds []float64
	for pair := range slices.Chunk(n.children, 2) {
		op, number := pair[0], pair[len(pair)-1]
		if op.kind != kindString || comparisons[op.text] == nil || number.kind != kindNumber {
			return c.fail(op.at, numericForms)
		}
		bound, ok := c.comparable(number)
		if !ok {
			return test{}
		}
		ops, bounds = append(ops, op.text), append(bounds, bound)
		words = append(words, fmt.Sprint(op.text, " ", bound))
	}
	isRange := len(ops) == 2 && ops[0][0] == '>' && ops[1][0] == '<'
	switch {
	case n.kind != kindArray || len(ops) != 1 && !isRange:
		return c.fail(n.at, numericForms)
	case isRange && bounds[0] >= bounds[1]:
		return c.fail(n.children[3].at, "the upper bound must be greater than the lower one, %v", bounds[0])
	}
	return test{wants: "a number " + strings.Join(words, " and "), match: func(v *value) bool {
		for i, op := range ops {
			if !comparisons[op](v.number, bounds[i]) {
				return false
			}
		}
		return v.isDouble
	}}
}

const anythingButForms = `"anything-but" takes a string, a number, an array of strings or of numbers, ` +
	`or an object with prefix, suffix, equals-ignore-case or wildcard and a string or an array of strings`

// anythingBut reads every form of anything-but that EventBridge accepts. A value of another type, and a number that
// the conversion to a double changes, always match.
func (c *compiler) anythingBut(n *node) test {
	op, list := "exactly", n
	if n.kind == kindObject && len(n.children) == 1 {
		list = n.children[0]
		op = list.name
		if !slices.Contains([]string{"prefix", "suffix", ignoreCase, "wildcard"}, op) {
			return c.fail(list.nameAt, "%s, not %q", anythingButForms, op)
		}
	}
	items := []*node{list}
	if list.kind == kindArray {
		items = list.children
	}
	if len(items) == 0 {
		return c.fail(list.at, `an empty list excludes nothing; write [{"exists": true}] for any value`)
	}
	var excluded []test
	var words []string
	for _, item := range items {
		if item.kind != items[0].kind {
			return c.fail(item.at, "%s; this is %s", anythingButForms, item.kind)
		}
		t := c.exclude(op, item)
		excluded, words = append(excluded, t), append(words, t.wants)
	}
	slices.Sort(words)
	return test{wants: "anything but " + orList(slices.Compact(words)), match: func(v *value) bool {
		return !slices.ContainsFunc(excluded, func(t test) bool { return t.match(v) })
	}}
}

// exclude reads one value that anything-but lists.
func (c *compiler) exclude(op string, n *node) test {
	switch {
	case n.kind == kindNumber && op == "exactly":
		_, _ = c.comparable(n)
		return c.exactNumber(n)
	case n.kind != kindString:
		return c.fail(n.at, "%s; this is %s", anythingButForms, n.kind)
	case n.text == "" && (op == "prefix" || op == "suffix"):
		return c.fail(n.at, `an empty %s under "anything-but" would exclude every string; EventBridge refuses it`, op)
	}
	return c.stringTest(op, n)
}

// listOfOperators is for messages; "exactly" is left out, because a plain string does the same.
const listOfOperators = "the operators are " +
	"anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix and wildcard"

// hintForOperator returns a hint at what the author may have meant by an unknown name. If its value is an array or an
// object, it is most likely a field that was put into an array by mistake.
func hintForOperator(m *node) string {
	hint := didYouMean(m.name, slices.Sorted(maps.Keys(operators)))
	switch {
	case hint != "":
		return hint
	case m.kind == kindArray || m.kind == kindObject:
		return fmt.Sprintf("; if %q is a field, remove the array around its object", m.name)
	default:
		return "; " + listOfOperators
	}
}
