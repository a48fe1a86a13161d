package pattern

import (
	"slices"
	"strconv"
	"strings"
)

// value is what an event has in a field.
type value struct {
	text string // a string with quotes but without escapes, or a number or a literal as the event writes it
	node *node
	in   *element // or nil
}

// element is an item of an array that is itself an object or an array. around is the element that the array is in, or
// nil. Other items are not elements: two fields that look into the same list of strings may match different strings.
type element struct {
	array, item *node
	around      *element
}

// finding is what an event has at the path of one field of the pattern.
type finding struct {
	values     []value
	object     bool // there is an object, which does not count as a value
	emptyArray bool // there is an empty array
	// places holds the innermost array elements that contain matching values; nil stands for a value that is in no array
	// element.
	places []*element
}

// find looks up every field of the pattern in an event.
func (p *Pattern) find(event *node) []finding {
	all := make([]finding, len(p.fields))
	for i := range p.fields {
		f, wanted := &all[i], &p.fields[i]
		f.collect(event, wanted.names, nil)
		for _, v := range f.values {
			again := len(f.places) > 0 && f.places[len(f.places)-1] == v.in
			if !again && slices.ContainsFunc(wanted.anyOf, func(t test) bool { return t.match(v.text) }) {
				f.places = append(f.places, v.in)
			}
		}
	}
	return all
}

// collect follows names through objects and arrays, and keeps the values that it finds there.
func (f *finding) collect(n *node, names []string, in *element) {
	switch n.kind {
	case kindArray:
		f.emptyArray = f.emptyArray || len(names) == 0 && len(n.children) == 0
		for _, item := range n.children {
			at := in
			if item.kind == kindObject || item.kind == kindArray {
				at = &element{array: n, item: item, around: in}
			}
			f.collect(item, names, at)
		}
	case kindObject:
		f.object = f.object || len(names) == 0
		for _, m := range n.children {
			if rest, ok := follow(names, m.name); ok {
				f.collect(m, rest, in)
			}
		}
	default:
		if len(names) > 0 {
			return
		}
		text := n.text
		if n.kind == kindString {
			text = `"` + text + `"`
		}
		f.values = append(f.values, value{text: text, node: n, in: in})
	}
}

// follow returns the names that remain after key, a key of the event that may contain dots; ok is false if names does
// not begin with key.
func follow(names []string, key string) (rest []string, ok bool) {
	for more := true; more; names = names[1:] {
		var name string
		if name, key, more = strings.Cut(key, "."); len(names) == 0 || name != names[0] {
			return nil, false
		}
	}
	return names, true
}

// selection lists the elements in which the fields of a combination so far have matched, one for each array.
type selection []*element

// with adds an element and the elements around it. It returns false if another element of one of these arrays is
// selected already.
func (c selection) with(at *element) (selection, bool) {
	all := slices.Clone(c)
	for ; at != nil; at = at.around {
		same := slices.IndexFunc(all, func(e *element) bool { return e.array == at.array })
		switch {
		case same < 0:
			all = append(all, at)
		case all[same].item != at.item:
			return nil, false
		}
	}
	return all, true
}

// key returns a text that is equal for equal selections.
func (c selection) key() string {
	var key []byte
	for _, e := range c {
		key = append(strconv.AppendInt(key, int64(e.item.at.from), 10), ' ')
	}
	return string(key)
}

// satisfies reports whether the event satisfies all fields of a combination without using different elements of the
// same array. It tries the fields one after the other and keeps every selection of elements that is possible so far.
// Selections that differ only in arrays in which no later field has a value are merged: otherwise large arrays would
// cost the product of their lengths.
func (p *Pattern) satisfies(fields combination, found []finding) bool {
	lastUse := map[*node]int{}
	for d, n := range fields {
		for _, v := range found[n].values {
			for at := v.in; at != nil; at = at.around {
				lastUse[at.array] = d
			}
		}
	}
	possible := map[string]selection{"": nil}
	for d, n := range fields {
		next := map[string]selection{}
		for _, before := range possible {
			places := found[n].places
			if p.fields[n].mayBeMissing && found[n].isMissing(before) {
				places = append(slices.Clip(places), nil)
			}
			for _, at := range places {
				after, ok := before.with(at)
				if !ok {
					continue
				}
				after = slices.DeleteFunc(after, func(e *element) bool { return lastUse[e.array] <= d })
				next[after.key()] = after
			}
		}
		possible = next
	}
	return len(possible) > 0
}

// isMissing reports whether a field has no value in the selected elements.
func (f *finding) isMissing(after selection) bool {
	return !slices.ContainsFunc(f.values, func(v value) bool {
		_, ok := after.with(v.in)
		return ok
	})
}
