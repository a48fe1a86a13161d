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
// the parts of those that come closest are given. Its error is an *Error, when the event is no JSON object.
func (p *Pattern) Explain(event []byte) ([]Mismatch, error) {
	root, err := new(reader).event("", event)
	if err != nil {
		return nil, err
	}
	return p.explain(root), nil
}

func (p *Pattern) explain(root *node) []Mismatch {
	found := p.find(root)
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
	if fewest == 0 {
		return p.scattered(closest, found)
	}
	var out []Mismatch
	slices.Sort(failing)
	for _, n := range slices.Compact(failing) {
		f := &p.fields[n]
		m := p.mismatch(f)
		m.Path, m.Wants = f.path, orList(f.node.items, wantsOne)
		m.Has, m.Hint = found[n].describe(f, root)
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

// mismatch is one at the place of a field.
func (p *Pattern) mismatch(f *field) (m Mismatch) {
	m.Line, m.Column = p.src.position(f.node.off)
	if i := strings.LastIndex(f.at, "$or["); i >= 0 {
		m.Choice = f.at[:i+strings.IndexByte(f.at[i:], ']')+1]
	}
	return m
}

// scattered is for rules whose fields are all satisfied, but not within one and the same element of an array.
func (p *Pattern) scattered(rules []rule, found []finding) []Mismatch {
	var out []Mismatch
	for _, rule := range rules {
		var m Mismatch
		var paths []string
		for _, n := range rule {
			f := &p.fields[n]
			if !slices.ContainsFunc(found[n].values, func(v value) bool { return v.in != nil }) {
				continue
			}
			at := p.mismatch(f)
			if paths = append(paths, f.path); len(paths) == 1 {
				m.Line, m.Column = at.Line, at.Column
			}
			m.Choice = max(m.Choice, at.Choice)
		}
		m.Path = strings.Join(paths, ", ")
		m.Wants, m.Has = "values in one and the same element of an array", "them in different ones"
		out = append(out, m)
	}
	return out
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
	for _, want := range wanted.node.items {
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
	for _, v := range f.values {
		if v.node.kind == kindNumber && !v.isNumber {
			return v.text + " is more than a double holds exactly, EventBridge compares it as text only"
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
	for _, object := range objectsIn(n) {
		for _, m := range object.members {
			if m.key != names[0] {
				others = append(others, m.key)
			} else if hint := nameHint(m.value, names[1:]); hint != "" {
				return hint
			}
		}
	}
	if near := nearest(names[0], others); near != "" {
		return fmt.Sprintf("the event has a field %q; names are compared letter by letter", near)
	}
	return ""
}

// objectsIn is the object itself, or those of an array.
func objectsIn(n *node) []*node {
	if n.kind == kindObject {
		return []*node{n}
	}
	var objects []*node
	for _, item := range n.items {
		objects = append(objects, objectsIn(item)...)
	}
	return objects
}

// orList describes each item. It sets a comma before the or where there are words that an or could be taken for a part
// of.
func orList(items []*node, word func(*node) string) string {
	words := make([]string, 0, len(items))
	for _, item := range items {
		words = append(words, word(item))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	or := " or "
	if len(words) > 2 || strings.ContainsRune(words[0], ' ') {
		or = ", or "
	}
	return strings.Join(words[:len(words)-1], ", ") + or + words[len(words)-1]
}

// wantsOne describes one alternative in the array of a field.
func wantsOne(n *node) string {
	if n.kind != kindObject {
		return shortened(n)
	}
	op, argument := n.members[0].key, n.members[0].value
	switch {
	case op == "anything-but":
		return "anything but " + exclusions(argument)
	case op == "numeric":
		text := "a number " + argument.items[0].text + " " + argument.items[1].text
		if len(argument.items) == 4 {
			text += " and " + argument.items[2].text + " " + argument.items[3].text
		}
		return text
	case op == "exists" && argument.text == "true":
		return "any value"
	case op == "exists":
		return "no value"
	case op == "cidr":
		return "an address in " + argument.text
	}
	return wantsString(op, argument)
}

// wantsString is for the operators that compare strings.
func wantsString(op string, argument *node) string {
	if argument.kind == kindObject {
		return wantsString(op, argument.members[0].value) + " in any case"
	}
	text := shortened(argument)
	switch op {
	case "prefix":
		return "a string that begins with " + text
	case "suffix":
		return "a string that ends with " + text
	case "wildcard":
		return "a string like " + text
	case "equals-ignore-case":
		return text + " in any case"
	default:
		return text
	}
}

// exclusions describes what an anything-but takes.
func exclusions(n *node) string {
	describe := shortened
	if n.kind == kindObject {
		op := n.members[0].key
		describe = func(n *node) string { return wantsString(op, n) }
		n = n.members[0].value
	}
	if n.kind == kindArray {
		return orList(n.items, describe)
	}
	return describe(n)
}

// shortened is a plain value as JSON, cut when it is long.
func shortened(n *node) string {
	const space = 60
	text := string(appendJSON(nil, n))
	if runes := []rune(text); len(runes) > space {
		return string(runes[:space]) + "…"
	}
	return text
}
