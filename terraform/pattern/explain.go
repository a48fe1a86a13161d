package pattern

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Mismatch is a part of a pattern that an event does not match.
type Mismatch struct {
	// Path is the field, such as detail.state; several, separated by commas, if they must be in the same element of an
	// array.
	Path string `json:"path"`
	// Choice is the choice of an $or that contains the part, such as $or[1]; "" if the part is not in an $or.
	Choice string `json:"choice"`
	Wants  string `json:"wants"` // what the pattern accepts there
	Has    string `json:"has"`   // what the event has there
	Hint   string `json:"hint"`  // what the author may have meant, or ""
	Place         // in the pattern
}

func (m Mismatch) String() string {
	s := m.Path + ": wants " + m.Wants + ", the event has " + m.Has
	if m.Choice != "" {
		s = m.Choice + ": " + s
	}
	if m.Hint != "" {
		s += " (" + m.Hint + ")"
	}
	return s
}

// Explain lists the parts of the pattern that an event does not match; none if it matches. If no choice of an $or
// matches, the list has the parts of those choices that fail in the fewest fields.
func (p *Pattern) Explain(event Event) []Mismatch {
	found := p.find(event.root)
	fewest := len(p.fields)
	var out []Mismatch
	var failing []int
	for _, fields := range p.combinations {
		if p.satisfies(fields, found) {
			return nil
		}
		failed := slices.DeleteFunc(slices.Clone(fields), func(n int) bool { // those with a value in any array element
			return len(found[n].places) > 0 || p.fields[n].mayBeMissing && len(found[n].values) == 0
		})
		if len(failed) < fewest {
			fewest, failing = len(failed), nil
		}
		switch {
		case len(failed) == 0:
			out = append(out, p.scattered(fields, found))
		case len(failed) == fewest:
			failing = append(failing, failed...)
		}
	}
	slices.Sort(failing)
	for _, n := range slices.Compact(failing) {
		f := &p.fields[n]
		m := Mismatch{Path: f.path, Choice: f.choice, Wants: strings.Join(f.wants(), " or ")}
		m.Place = p.src.position(f.node.at.from)
		m.Has, m.Hint = found[n].describe(f, event.root)
		out = append(out, m)
	}
	return out
}

// scattered returns the mismatch of a combination whose fields are all satisfied, but not in the same element of an
// array.
func (p *Pattern) scattered(fields combination, found []finding) Mismatch {
	m := Mismatch{Wants: "values in the same element of an array", Has: "them in different elements"}
	var first *field
	for _, n := range fields {
		f := &p.fields[n]
		if slices.ContainsFunc(found[n].values, func(v value) bool { return v.in != nil }) {
			first = cmp.Or(first, f)
			m.Path += ", " + f.path
			m.Choice = max(m.Choice, f.choice)
		}
	}
	m.Path = strings.TrimPrefix(m.Path, ", ")
	m.Place = p.src.position(first.node.at.from)
	return m
}

// describe returns what the event has in a field, and a hint at what the author of the pattern may have meant.
func (f *finding) describe(wanted *field, event *node) (has, hint string) {
	switch {
	case len(f.values) > 0:
		return f.list(), f.valueHint(wanted)
	case f.object:
		return "an object", "a pattern compares values; name the fields inside the object"
	case f.emptyArray:
		return "an empty array", ""
	default:
		return "nothing", nameHint(event, wanted.names)
	}
}

// list returns the values as the event writes them, without the end of long texts and long lists.
func (f *finding) list() string {
	const mostValues, widest = 3, 60
	var words []string
	for _, v := range f.values[:min(mostValues, len(f.values))] {
		words = append(words, runewidth.Truncate(v.node.raw, widest, "…"))
	}
	text := strings.Join(words, ", ")
	if more := len(f.values) - mostValues; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// valueHint looks for a value in the pattern that differs from a value of the event only in its case or its type.
func (f *finding) valueHint(wanted *field) string {
	for _, want := range wanted.node.children {
		for _, v := range f.values {
			have := v.node
			switch {
			case want.kind == kindObject || want.text == "":
			case want.kind != have.kind && want.text == have.text:
				return fmt.Sprintf("the pattern has %s, the event %s", want.kind, have.kind)
			case want.kind == kindString && have.kind == kindString && strings.EqualFold(want.text, have.text):
				return `only the case differs; {"equals-ignore-case": …} ignores it`
			}
		}
	}
	return ""
}

// nameHint looks for a name in the event that is similar to a name in the path.
func nameHint(n *node, names []string) string {
	if len(names) == 0 {
		return ""
	}
	var others []string
	for _, child := range n.children {
		rest := names
		if n.kind == kindObject {
			if child.name != names[0] {
				others = append(others, child.name)
				continue
			}
			rest = names[1:]
		}
		if hint := nameHint(child, rest); hint != "" {
			return hint
		}
	}
	if near := nearest(names[0], others); near != "" {
		return fmt.Sprintf("the event has a field %q; names are compared letter by letter", near)
	}
	return ""
}
