package pattern

// satisfies tells whether the event satisfies all fields of a rule, no two of them in different elements of one array.
func (r *run) satisfies(fields rule) bool {
	for _, n := range fields {
		if !r.p.fields[n].absent && len(r.find(n)) == 0 {
			return false
		}
	}
	r.prepare(fields)
	return r.walk(fields, 0)
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

// prepare forgets what an earlier rule has settled on, and notes which arrays which fields look into.
func (r *run) prepare(fields rule) {
	r.unbind(0)
	for len(r.bound) < r.arrays {
		r.bound, r.lastUse = append(r.bound, noChain), append(r.lastUse, noChain)
	}
	if len(r.chains) == 0 {
		return
	}
	clear(r.failed)
	for i := range r.lastUse {
		r.lastUse[i] = noChain
	}
	for d, n := range fields {
		for i := r.first[r.p.fields[n].id]; i != nothing; i = r.values[i].next {
			for at := r.values[i].chain; at != noChain; at = r.chains[at].parent {
				r.lastUse[r.chains[at].array] = d
			}
		}
	}
}

// attempt is the search from one field on, with all that bears on it: the innermost array element that is settled and
// that this field or a later one looks into.
type attempt struct{ field, chain int }

// walk tries to satisfy the fields from the one numbered d on. What has failed is not tried again under other elements
// of arrays that have no bearing on it, or large arrays would cost the product of their lengths.
func (r *run) walk(fields rule, d int) bool {
	if d == len(fields) {
		return true
	}
	key, ok := r.attempt(d)
	if ok && r.failed[key] {
		return false
	}
	if r.try(fields, d) {
		return true
	}
	if ok {
		r.failed[key] = true
	}
	return false
}

// attempt is false when the elements that matter do not lie in one another.
func (r *run) attempt(d int) (key attempt, ok bool) {
	if len(r.chains) == 0 {
		return attempt{}, false
	}
	innermost, depth, count := noChain, 0, 0
	for _, at := range r.trail {
		c := &r.chains[at]
		if r.lastUse[c.array] < d {
			continue
		}
		if count++; c.depth > depth {
			innermost, depth = at, c.depth
		}
	}
	return attempt{field: d, chain: innermost}, count == depth
}

func (r *run) try(fields rule, d int) bool {
	f := &r.p.fields[fields[d]]
	if f.absent && r.missing(f.id) && r.walk(fields, d+1) {
		return true
	}
	for _, at := range r.find(fields[d]) {
		mark := len(r.trail)
		if r.bind(at) && r.walk(fields, d+1) {
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
		if b := r.bound[r.chains[at].array]; b != noChain && b != at {
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
		if array := r.chains[at].array; r.bound[array] == noChain {
			r.bound[array] = at
			r.trail = append(r.trail, at)
		}
	}
	return true
}

func (r *run) unbind(mark int) {
	for _, at := range r.trail[mark:] {
		r.bound[r.chains[at].array] = noChain
	}
	r.trail = r.trail[:mark]
}
