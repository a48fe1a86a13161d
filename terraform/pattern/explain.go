package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// Mismatch is a part of a pattern that an event fails.
type Mismatch struct {
	// Path is the field, such as detail.state; several, with commas, when they must be of one array element.
	Path string `json:"path"`
	// Choice is the choice of an $or that the part is in, such as $or[1]; "" when it must match in any case.
	Choice string `json:"choice"`
	Wants  string `json:"wants"` // what the pattern accepts there
	Has    string `json:"has"`   // what the event has there
	Hint   string `json:"hint"`  // what may have been meant, or ""
	Line   int    `json:"line"`  // the place in the pattern
	Column int    `json:"column"`
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

// Explain lists which parts of the pattern an event fails; none when it matches. Where every choice of an $or fails,
// the parts of those that come closest are given.
func (p *Pattern) Explain(event Event) []Mismatch {
	found := p.find(event.root)
	var closest []rule
	var failing []int
	fewest := len(p.fields) + 1
	for _, rule := range p.rules {
		if p.satisfies(rule, found) {
			return nil
		}
		failed := p.unsatisfied(rule, found)
		if len(failed) > fewest {
			continue
		}
		if len(failed) < fewest {
			fewest, closest, failing = len(failed), nil, nil
		}
		closest, failing = append(closest, rule), append(failing, failed...)
	}
	var out []Mismatch
	if fewest == 0 {
		for _, rule := range closest {
			out = append(out, p.scattered(rule, found))
		}
	}
	slices.Sort(failing)
	for _, n := range slices.Compact(failing) {
		f := &p.fields[n]
		m := Mismatch{Path: f.path, Choice: f.choice, Wants: orList(f.wants())}
		m.Line, m.Column = p.src.position(f.node.at.from)
		m.Has, m.Hint = found[n].describe(f, event.root)
		out = append(out, m)
	}
	return out
}

// unsatisfied lists the fields of a rule that no value of the event satisfies, wherever it lies.
func (p *Pattern) unsatisfied(fields rule, found []finding) []int {
	var failed []int
	for _, n := range fields {
		if len(found[n].places) == 0 && (!p.fields[n].absent || len(found[n].values) > 0) {
			failed = append(failed, n)
		}
	}
	return failed
}

// scattered is for a rule whose fields are all satisfied, but not within one and the same element of an array.
func (p *Pattern) scattered(fields rule, found []finding) Mismatch {
	m := Mismatch{Wants: "values in one and the same element of an array", Has: "them in different ones"}
	var paths []string
	for _, n := range fields {
		f := &p.fields[n]
		if !slices.ContainsFunc(found[n].values, func(v value) bool { return v.in != nil }) {
			continue
		}
		if len(paths) == 0 {
			m.Line, m.Column = p.src.position(f.node.at.from)
		}
		paths = append(paths, f.path)
		m.Choice = max(m.Choice, f.choice)
	}
	m.Path = strings.Join(paths, ", ")
	return m
}

// describe says what the event has where a field looks, and what may have been meant.
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

func (f *finding) list() string {
	const most = 3
	words := make([]string, 0, most)
	for _, v := range f.values[:min(most, len(f.values))] {
		words = append(words, shortened(v.node))
	}
	text := strings.Join(words, ", ")
	if more := len(f.values) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// valueHint looks for a value in the pattern that differs from the event's in its case or its type alone.
func (f *finding) valueHint(wanted *field) string {
	for _, want := range wanted.node.children {
		for _, v := range f.values {
			have := v.node
			switch {
			case want.kind == kindObject || want.text == "":
			case want.kind != have.kind && want.text == have.text:
				return fmt.Sprintf("the pattern has %s, the event %s", want.kind, have.kind)
			case want.kind == kindString && have.kind == kindString && strings.EqualFold(want.text, have.text):
				return `only the case differs; {"equals-ignore-case": …} compares without it`
			}
		}
	}
	return ""
}

// nameHint looks for a name in the event that is much like one of the path.
func nameHint(n *node, names []string) string {
	if len(names) == 0 {
		return ""
	}
	var others []string
	for _, m := range membersIn(n) {
		if m.name != names[0] {
			others = append(others, m.name)
		} else if hint := nameHint(m, names[1:]); hint != "" {
			return hint
		}
	}
	if near := nearest(names[0], others); near != "" {
		return fmt.Sprintf("the event has a field %q; names are compared letter by letter", near)
	}
	return ""
}

// membersIn are the members of an object, or of those in an array.
func membersIn(n *node) (members []*node) {
	if n.kind == kindObject {
		return n.children
	}
	for _, item := range n.children {
		members = append(members, membersIn(item)...)
	}
	return members
}

// orList sets a comma before the or where there are words that an or could be taken for a part of.
func orList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	or := " or "
	if last > 1 || strings.ContainsRune(words[0], ' ') {
		or = ", or "
	}
	return strings.Join(words[:last], ", ") + or + words[last]
}

// shortened is a value as the event writes it, cut when it is long.
func shortened(n *node) string {
	const space = 60
	if text := []rune(n.raw); len(text) > space {
		return string(text[:space]) + "…"
	}
	return n.raw
}
