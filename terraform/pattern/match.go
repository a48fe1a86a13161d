package pattern

// Match tells whether the pattern matches an event. Its error is an *Error, when the event is no JSON object.
func (p *Pattern) Match(event []byte) (bool, error) {
	r := p.runs.Get().(*run)
	defer r.release()
	if !r.scan(event) {
		return false, badEvent(event)
	}
	for _, rule := range p.rules {
		if r.possible(rule) && r.walk(rule) {
			return true, nil
		}
	}
	return false, nil
}

// badEvent reads the event again, now to say what is wrong with it.
func badEvent(event []byte) *Error {
	src := newSource("", event)
	root, err := src.read("an event")
	switch {
	case err != nil:
		return err
	case root.kind != kindObject:
		return src.errorAt(root.off, root.end, "", "an event is a JSON object, this is "+string(root.kind))
	default:
		return src.errorAt(root.off, root.off, "", "this is no event that EventBridge could read")
	}
}

// run is one event under one pattern.
type run struct {
	p     *Pattern
	event []byte
	pos   int
	depth int

	unescaped []byte
	arrays    int
	chains    []chain
	values    []value
	first     []int // of each path, in values
	last      []int

	found  []bool  // of each field: whether it has been looked for
	places [][]int // of each field: the chains of the values that match, each once
	bound  []int   // of each array: the element that the fields so far have settled on
	trail  []int   // the arrays that are bound, in order
}

const nothing = -1

func newRun(p *Pattern) *run {
	r := &run{
		p:      p,
		first:  make([]int, p.steps.paths),
		last:   make([]int, p.steps.paths),
		found:  make([]bool, len(p.fields)),
		places: make([][]int, len(p.fields)),
	}
	r.reset()
	return r
}

func (r *run) reset() {
	for i := range r.first {
		r.first[i] = nothing
	}
	clear(r.found)
	r.event, r.depth, r.arrays = nil, 0, 0
	r.unescaped, r.chains, r.values, r.trail = r.unescaped[:0], r.chains[:0], r.values[:0], r.trail[:0]
	r.bound = r.bound[:0]
}

func (r *run) release() {
	r.reset()
	r.p.runs.Put(r)
}

// keep notes a value of a path.
func (r *run) keep(path, at int, text []byte) {
	n := len(r.values)
	r.values = append(r.values, value{text: text, chain: at, next: nothing})
	if r.first[path] == nothing {
		r.first[path] = n
	} else {
		r.values[r.last[path]].next = n
	}
	r.last[path] = n
}

// possible tells whether every field of a rule has a value that matches, wherever it lies.
func (r *run) possible(fields rule) bool {
	for _, n := range fields {
		if !r.p.fields[n].absent && len(r.find(n)) == 0 {
			return false
		}
	}
	for len(r.bound) < r.arrays {
		r.bound = append(r.bound, nothing)
	}
	return true
}

// find lists where the values lie that match a field.
func (r *run) find(n int) []int {
	if r.found[n] {
		return r.places[n]
	}
	r.found[n] = true
	f, places := &r.p.fields[n], r.places[n][:0]
	for i := r.first[f.id]; i != nothing; i = r.values[i].next {
		v := &r.values[i]
		if len(places) > 0 && places[len(places)-1] == v.chain {
			continue
		}
		for _, m := range f.anyOf {
			if m.match(v) {
				places = append(places, v.chain)
				break
			}
		}
	}
	r.places[n] = places
	return places
}

// walk tries to satisfy the fields one after the other, so that no two of them lie in different elements of one array.
func (r *run) walk(fields rule) bool {
	if len(fields) == 0 {
		return true
	}
	f := &r.p.fields[fields[0]]
	if f.absent && r.missing(f.id) && r.walk(fields[1:]) {
		return true
	}
	for _, at := range r.find(fields[0]) {
		mark := len(r.trail)
		if r.bind(at) && r.walk(fields[1:]) {
			return true
		}
		r.unbind(mark)
	}
	return false
}

// missing tells whether a path has no value that could be meant, given the array elements settled on.
func (r *run) missing(path int) bool {
	for i := r.first[path]; i != nothing; i = r.values[i].next {
		if r.consistent(r.values[i].chain) {
			return false
		}
	}
	return true
}

func (r *run) consistent(at int) bool {
	for ; at != noChain; at = r.chains[at].parent {
		c := &r.chains[at]
		if b := r.bound[c.array]; b != nothing && b != c.index {
			return false
		}
	}
	return true
}

// bind settles on the array elements that a value lies in.
func (r *run) bind(at int) bool {
	if !r.consistent(at) {
		return false
	}
	for ; at != noChain; at = r.chains[at].parent {
		c := &r.chains[at]
		if r.bound[c.array] == nothing {
			r.bound[c.array] = c.index
			r.trail = append(r.trail, c.array)
		}
	}
	return true
}

func (r *run) unbind(mark int) {
	for _, array := range r.trail[mark:] {
		r.bound[array] = nothing
	}
	r.trail = r.trail[:mark]
}
