package pattern

// Match tells whether the pattern matches an event. Its error is an *Error, when the event is no JSON object.
func (p *Pattern) Match(event []byte) (bool, error) {
	r := p.runs.Get().(*run)
	defer r.release()
	if !r.scan(event) {
		return false, badEvent(event)
	}
	for _, rule := range p.rules {
		if r.satisfies(rule) {
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

	bound   []int // of each array: the chain of the element that the fields so far have settled on
	trail   []int // the chains that are bound, in order
	lastUse []int // of each array: the last field of the rule that has a value in it
	failed  map[attempt]bool
}

const nothing = -1

func newRun(p *Pattern) *run {
	r := &run{
		p:      p,
		first:  make([]int, p.steps.paths),
		last:   make([]int, p.steps.paths),
		found:  make([]bool, len(p.fields)),
		places: make([][]int, len(p.fields)),
		failed: map[attempt]bool{},
	}
	r.reset()
	return r
}

func (r *run) reset() {
	for i := range r.first {
		r.first[i] = nothing
	}
	clear(r.found)
	clear(r.failed)
	r.event, r.depth, r.arrays = nil, 0, 0
	r.unescaped, r.chains, r.values, r.trail = r.unescaped[:0], r.chains[:0], r.values[:0], r.trail[:0]
	r.bound, r.lastUse = r.bound[:0], r.lastUse[:0]
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
