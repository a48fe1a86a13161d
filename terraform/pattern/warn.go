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

func (c *compiler) warnAt(m member, path, reason string) {
	w := c.p.src.errorAt(m.off, m.end, path, reason)
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
			hint := didYouMean(m.key, envelope...)
			if hint == "" {
				hint = `; what a service says about the event is inside "detail"`
			}
			c.warnAt(m, m.key, fmt.Sprintf("no event has a field %q at the top%s", m.key, hint))
		}
	}
}

// warnStrings finds numbers where events have strings, such as the account.
func (c *compiler) warnStrings(m member) {
	if m.key == "detail" || m.value.kind != kindArray {
		return
	}
	for _, item := range m.value.items {
		if item.kind == kindNumber || item.kind == kindLiteral {
			w := member{off: item.off, end: item.end}
			c.warnAt(w, m.key, fmt.Sprintf("%q is a string in every event, so this never matches; write %q", m.key, item.text))
		}
	}
}

// warnValues goes through all values for numbers and characters that are not compared as one would think.
func (c *compiler) warnValues(n *node) {
	at := member{off: n.off, end: n.end}
	if n.kind == kindNumber {
		if _, ok := parseNumber([]byte(n.text)); !ok && strings.ContainsAny(n.text, ".eE") {
			c.warnAt(at, "", n.text+" is no number that a double holds, and AWS rewrites such numbers in events: this never matches")
		} else if !ok {
			c.warnAt(at, "", n.text+" is more than a double holds exactly: it matches only where the event has the same "+
				"digits, and tools that rewrite JSON may round it")
		}
	}
	for _, item := range n.items {
		c.warnValues(item)
	}
	for _, m := range n.members {
		if m.key == "equals-ignore-case" && strings.ContainsFunc(m.value.text, func(r rune) bool { return r > 0xffff }) {
			c.warnAt(member{off: m.value.off, end: m.value.end}, "", `EventBridge's "equals-ignore-case" never matches `+
				"characters beyond U+FFFF, such as emoji")
		}
		c.warnValues(m.value)
	}
}
