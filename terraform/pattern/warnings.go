package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// envelope are the fields that every event has; EventBridge adds the rest of them to what services and PutEvents send.
var envelope = []string{
	"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name",
}

func (c *compiler) warnAt(off, end int, path, reason string) {
	w := c.p.src.errorAt(off, end, path, reason)
	if !slices.ContainsFunc(c.p.warnings, func(o *Error) bool { return *o == *w }) {
		c.p.warnings = append(c.p.warnings, w)
	}
}

// warn gathers what EventBridge accepts and hardly anyone means.
func (c *compiler) warn() {
	c.warnNames(c.p.root)
	c.warnValues(c.p.root)
	slices.SortStableFunc(c.p.warnings, comparePlace)
}

// warnNames finds fields that no event has, at the top and in the choices of an $or there.
func (c *compiler) warnNames(n *node) {
	for _, m := range n.members {
		switch {
		case m.key == "$or":
			for _, choice := range m.value.items {
				c.warnNames(choice)
			}
		case slices.Contains(envelope, m.key):
			c.warnStrings(m)
		default:
			hint := didYouMean(m.key, envelope)
			if hint == "" {
				hint = `; what a service says about the event is inside "detail"`
			}
			c.warnAt(m.off, m.end, m.key, fmt.Sprintf("no event has a field %q at the top%s", m.key, hint))
		}
	}
}

// warnStrings finds numbers where events have strings, such as the account.
func (c *compiler) warnStrings(m member) {
	if m.key == "detail" {
		return
	}
	for _, item := range m.value.items {
		if item.kind == kindNumber || item.kind == kindLiteral {
			c.warnAt(item.off, item.end, m.key,
				fmt.Sprintf("%q is a string in every event, so this never matches; write %q", m.key, item.text))
		}
	}
}

// warnValues goes through all values for numbers and characters that are not compared as one would think.
func (c *compiler) warnValues(n *node) {
	if _, ok := parseNumber(n.text); n.kind == kindNumber && !ok {
		reason := " is more than a double holds exactly: it matches only where the event has the same digits, " +
			"and tools that rewrite JSON may round it"
		if strings.ContainsAny(n.text, ".eE") {
			reason = " is no number that a double holds, and AWS rewrites such numbers in events: this never matches"
		}
		c.warnAt(n.off, n.end, "", n.text+reason)
	}
	for _, item := range n.items {
		c.warnValues(item)
	}
	for _, m := range n.members {
		beyond := strings.ContainsFunc(m.value.text, func(r rune) bool { return r > 0xffff })
		if m.key == "equals-ignore-case" && beyond {
			c.warnAt(m.value.off, m.value.end, "",
				`EventBridge's "equals-ignore-case" never matches characters beyond U+FFFF, such as emoji`)
		}
		c.warnValues(m.value)
	}
}

// listOfOperators is for messages; "exactly" is left out, a plain string does the same.
const listOfOperators = "the operators are " +
	"anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix and wildcard"

// otherWords are the operators of other filter languages.
var otherWords = map[string]string{
	"not": "anything-but", "not-in": "anything-but", "ne": "anything-but", "except": "anything-but",
	"starts-with": "prefix", "startswith": "prefix", "begins-with": "prefix", "beginswith": "prefix",
	"ends-with": "suffix", "endswith": "suffix", "contains": "wildcard", "like": "wildcard", "glob": "wildcard",
	"regex": "wildcard", "matches": "wildcard", "range": "numeric", "between": "numeric", "number": "numeric",
	"ip": "cidr", "ip-range": "cidr", "ip-address": "cidr", "ignore-case": "equals-ignore-case",
	"iequals": "equals-ignore-case", "present": "exists", "exist": "exists",
}

// unknownOperator says what may have been meant. An array or an object under the name is most likely a field that was
// put into an array by mistake.
func unknownOperator(m member) string {
	hint := didYouMean(m.key, operatorNames)
	word, known := otherWords[strings.ToLower(m.key)]
	switch {
	case hint != "":
	case known:
		hint = fmt.Sprintf("; did you mean %q?", word)
	case m.value.kind == kindArray || m.value.kind == kindObject:
		hint = fmt.Sprintf("; if %q is a field, leave out the array around its object", m.key)
	default:
		hint = "; " + listOfOperators
	}
	return fmt.Sprintf("unknown operator %q%s", m.key, hint)
}

// didYouMean is the nearest of the known words as the end of a message, or "".
func didYouMean(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// separators are left out where names are compared.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// nearest is the known word that differs in the fewest letters, if these are few, or "".
func nearest(word string, known []string) string {
	plain := separators.Replace(strings.ToLower(word))
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		// At least the difference in length must be put in or left out, which spares most of the comparisons.
		other := separators.Replace(strings.ToLower(k))
		if more := len(plain) - len(other); max(more, -more) >= fewest {
			continue
		}
		if d := distance(plain, other); d < fewest && d < len(k)/2+1 {
			best, fewest = k, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out, changed or swapped with their neighbour.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	var before, row []int
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row = make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}
