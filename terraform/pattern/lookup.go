package pattern

import (
	"fmt"
	"strings"
)

// lookUp says what an event has where a field looks, and what may have been meant.
func lookUp(event *node, f *field) (has, hint string) {
	var found found
	found.collect(event, f.path)
	switch {
	case len(found.values) > 0:
		return found.list(), valueHint(f, found.values)
	case found.object:
		return "an object", "a pattern compares values; name the fields inside the object"
	case found.emptyArray:
		return "an empty array", ""
	default:
		return "nothing", nameHint(event, f.path)
	}
}

// found is what an event has at a path.
type found struct {
	values     []*node
	object     bool
	emptyArray bool
}

// collect follows a path through objects and arrays, in names with dots as well.
func (f *found) collect(n *node, path string) {
	switch n.kind {
	case kindArray:
		f.emptyArray = f.emptyArray || len(n.items) == 0 && path == ""
		for _, item := range n.items {
			f.collect(item, path)
		}
	case kindObject:
		f.object = f.object || path == ""
		for _, m := range n.members {
			if m.key == path {
				f.collect(m.value, "")
			} else if rest, ok := strings.CutPrefix(path, m.key+"."); ok && path != "" {
				f.collect(m.value, rest)
			}
		}
	default:
		if path == "" {
			f.values = append(f.values, n)
		}
	}
}

func (f *found) list() string {
	const most = 3
	words := make([]string, 0, most)
	for _, n := range f.values[:min(most, len(f.values))] {
		words = append(words, written(n))
	}
	text := strings.Join(words, ", ")
	if more := len(f.values) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// nameHint looks for a name in the event that is much like one in the path.
func nameHint(event *node, path string) string {
	head, rest, more := strings.Cut(path, ".")
	var names []string
	for _, object := range objectsIn(event, nil) {
		for _, m := range object.members {
			if m.key != head {
				names = append(names, m.key)
			} else if hint := nameHint(m.value, rest); more && hint != "" {
				return hint
			}
		}
	}
	if near := nearest(head, names); near != "" {
		return fmt.Sprintf("the event has a field %q; names are compared letter by letter", near)
	}
	return ""
}

// objectsIn is the object itself, or those of an array.
func objectsIn(n *node, objects []*node) []*node {
	if n.kind == kindObject {
		return append(objects, n)
	}
	for _, item := range n.items {
		objects = objectsIn(item, objects)
	}
	return objects
}

// valueHint looks for a value in the pattern that is the event's but for its case or its type.
func valueHint(f *field, values []*node) string {
	for _, want := range f.node.items {
		for _, have := range values {
			if hint := alike(want, have); hint != "" {
				return hint
			}
		}
	}
	for _, have := range values {
		if have.kind == kindNumber {
			if _, ok := parseNumber([]byte(have.text)); !ok {
				return have.text + " is more than a double holds exactly, EventBridge compares it as text only"
			}
		}
	}
	return ""
}

// alike says by what alone a value of the pattern and one of the event differ.
func alike(want, have *node) string {
	switch {
	case want.kind == kindObject || want.text == "":
		return ""
	case want.kind != have.kind && want.text == have.text:
		return fmt.Sprintf("the pattern has %s, the event %s", want.kind, have.kind)
	case want.kind == kindString && have.kind == kindString && strings.EqualFold(want.text, have.text):
		return `only the case differs; {"equals-ignore-case": …} compares without it`
	default:
		return ""
	}
}
