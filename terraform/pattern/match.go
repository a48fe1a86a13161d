package pattern

import "strings"

// Match tells whether the pattern matches an event. Its error is an *Error, when the event is no JSON object.
func (p *Pattern) Match(event []byte) (bool, error) {
	root, err := new(reader).event("", event)
	if err != nil {
		return false, err
	}
	found := p.find(root)
	for _, rule := range p.rules {
		if p.satisfies(rule, found) {
			return true, nil
		}
	}
	return false, nil
}

// value is what an event has in a field.
type value struct {
	text       string // a string in its quotes and without escapes, or a number or a literal as the event writes it
	number     float64
	isNumber   bool // a number that a double holds
	onlyNumber bool // it is compared as a number, never by its digits
	node       *node
	in         *element // or nil
}

// element is an element of an array, and the one that it lies in. Plain values in an array are none: of two fields that
// look into the same list of strings, each may find another one.
type element struct {
	array, item *node
	around      *element
	depth       int // how many elements lie around it, with itself
}

// finding is what an event has where a field looks.
type finding struct {
	values     []value
	object     bool       // there is an object, which is no value
	emptyArray bool       // there is an empty array
	places     []*element // of the values that match, each once
}

// find looks up every field of the pattern in an event.
func (p *Pattern) find(event *node) []finding {
	all := make([]finding, len(p.fields))
	for i := range p.fields {
		all[i].collect(event, p.fields[i].names, nil)
		all[i].match(&p.fields[i])
	}
	return all
}

// collect follows names through objects and arrays, and keeps the values they lead to.
func (f *finding) collect(n *node, names []string, in *element) {
	switch n.kind {
	case kindArray:
		f.emptyArray = f.emptyArray || len(names) == 0 && len(n.items) == 0
		for _, item := range n.items {
			at := in
			if item.kind == kindObject || item.kind == kindArray {
				at = &element{array: n, item: item, around: in, depth: 1}
				if in != nil {
					at.depth += in.depth
				}
			}
			f.collect(item, names, at)
		}
	case kindObject:
		f.object = f.object || len(names) == 0
		for _, m := range n.members {
			if rest, ok := follow(names, m.key); ok {
				f.collect(m.value, rest, in)
			}
		}
	default:
		if len(names) == 0 {
			f.values = append(f.values, newValue(n, in))
		}
	}
}

// follow is what is left of the names after a key of the event, which may have dots in it.
func follow(names []string, key string) (rest []string, ok bool) {
	for more := true; more; names = names[1:] {
		var name string
		if name, key, more = strings.Cut(key, "."); len(names) == 0 || name != names[0] {
			return nil, false
		}
	}
	return names, true
}

func newValue(n *node, in *element) value {
	v := value{text: n.text, node: n, in: in}
	switch n.kind {
	case kindString:
		v.text = `"` + n.text + `"`
	case kindNumber:
		v.number, v.isNumber = parseNumber(n.text)
	}
	return v
}

// match keeps the places of the values that match a field.
func (f *finding) match(wanted *field) {
	for i := range f.values {
		v := &f.values[i]
		v.onlyNumber = wanted.numeric && v.isNumber
		if len(f.places) > 0 && f.places[len(f.places)-1] == v.in {
			continue
		}
		for _, m := range wanted.anyOf {
			if m(v) {
				f.places = append(f.places, v.in)
				break
			}
		}
	}
}

// satisfies tells whether the event satisfies all fields of a rule, no two of them in different elements of one array.
func (p *Pattern) satisfies(fields rule, found []finding) bool {
	for _, n := range fields {
		if len(found[n].places) == 0 && !p.fields[n].absent {
			return false
		}
	}
	s := search{
		p: p, fields: fields, found: found,
		settled: map[*node]*node{}, lastUse: map[*node]int{}, failed: map[attempt]bool{},
	}
	for d, n := range fields {
		for i := range found[n].values {
			for at := found[n].values[i].in; at != nil; at = at.around {
				s.lastUse[at.array] = d
			}
		}
	}
	return s.from(0)
}

// search looks for elements of arrays that satisfy the fields of a rule together.
type search struct {
	p       *Pattern
	fields  rule
	found   []finding
	settled map[*node]*node // of each array: the element that the fields so far have settled on
	trail   []*element      // those elements, in order
	lastUse map[*node]int   // of each array: the last field of the rule that has a value in it
	failed  map[attempt]bool
}

// attempt is the search from one field on, with all that bears on it: the innermost array element that is settled and
// that this field or a later one looks into.
type attempt struct {
	field int
	item  *node
}

// from tries to satisfy the fields from the one numbered d on. What has failed is not tried again under other elements
// of arrays that have no bearing on it, or large arrays would cost the product of their lengths.
func (s *search) from(d int) bool {
	if d == len(s.fields) {
		return true
	}
	key, ok := s.attempt(d)
	if ok && s.failed[key] {
		return false
	}
	if s.try(d) {
		return true
	}
	if ok {
		s.failed[key] = true
	}
	return false
}

// attempt is false when the elements that matter do not lie in one another.
func (s *search) attempt(d int) (key attempt, ok bool) {
	key.field = d
	depth, count := 0, 0
	for _, at := range s.trail {
		if s.lastUse[at.array] < d {
			continue
		}
		if count++; at.depth > depth {
			key.item, depth = at.item, at.depth
		}
	}
	return key, count == depth
}

func (s *search) try(d int) bool {
	n := s.fields[d]
	if s.p.fields[n].absent && s.missing(&s.found[n]) && s.from(d+1) {
		return true
	}
	for _, at := range s.found[n].places {
		mark := len(s.trail)
		if s.settle(at) && s.from(d+1) {
			return true
		}
		for _, at := range s.trail[mark:] {
			delete(s.settled, at.array)
		}
		s.trail = s.trail[:mark]
	}
	return false
}

// missing tells whether a field has no value that could be meant, given the array elements settled on.
func (s *search) missing(f *finding) bool {
	for i := range f.values {
		if s.agrees(f.values[i].in) {
			return false
		}
	}
	return true
}

// agrees tells whether an element and those around it are the ones settled on, as far as any are.
func (s *search) agrees(at *element) bool {
	for ; at != nil; at = at.around {
		if item := s.settled[at.array]; item != nil && item != at.item {
			return false
		}
	}
	return true
}

// settle settles on an element and those around it.
func (s *search) settle(at *element) bool {
	if !s.agrees(at) {
		return false
	}
	for ; at != nil; at = at.around {
		if s.settled[at.array] == nil {
			s.settled[at.array] = at.item
			s.trail = append(s.trail, at)
		}
	}
	return true
}
