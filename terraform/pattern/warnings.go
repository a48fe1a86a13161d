package pattern

import (
	"cmp"
	"slices"
)

// Warnings lists what EventBridge accepts although it is probably a mistake, such as a field that no event has. Each
// warning begins with its place, as an Error does.
func (p *Pattern) Warnings() []string {
	var out []string
	for _, w := range p.warnings {
		out = append(out, w.Error())
	}
	return out
}

func (c *compiler) warn(at span, format string, args ...any) {
	c.p.warnings = append(c.p.warnings, c.src.errorAt(at, format, args...))
}

// warnOfUnknownField warns of an unknown field at the top of the pattern.
func (c *compiler) warnOfUnknownField(m *node) {
	if !slices.Contains(envelope, m.name) {
		hint := cmp.Or(didYouMean(m.name, envelope), `; what a service says about the event is inside "detail"`)
		c.warn(m.nameAt, "no event has a field %q at the top%s", m.name, hint)
	}
}

// warnOfType warns of a number or a literal for a field that is a string in every event.
func (c *compiler) warnOfType(path string, item *node) {
	isText := item.kind == kindString || item.kind == kindObject
	if !isText && path != "detail" && slices.Contains(envelope, path) {
		c.warn(item.at, "%q is a string in every event, so this never matches; write %q", path, item.text)
	}
}

func (c *compiler) warnOfRepetition(path string, n, before *node) {
	c.warn(n.nameAt, "%s is also given on %s; EventBridge ignores that one and uses this one", path,
		c.src.place(before.at.from))
}

func (c *compiler) warnOfFraction(n *node) {
	c.warn(n.at, "%s changes when it is converted to a double, and AWS rewrites such numbers in events: "+
		"this never matches", n.text)
}
