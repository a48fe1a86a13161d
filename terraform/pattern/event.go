package pattern

import "bytes"

// step is a place in the tree of the names that lead to a pattern's fields. Names with dots are taken apart: to
// EventBridge {"a": {"b": 1}} and {"a.b": 1} are one and the same.
type step struct {
	names []string
	next  []*step
	id    int // the number of the path that ends here, or -1
	paths int // at the root: how many there are
}

// add makes way for a path and returns its number.
func (s *step) add(path string) int {
	root := s
	for name := range bytes.SplitSeq([]byte(path), []byte(".")) {
		next := s.child(name)
		if next == nil {
			next = &step{id: -1}
			s.names, s.next = append(s.names, string(name)), append(s.next, next)
		}
		s = next
	}
	if s.id < 0 {
		s.id = root.paths
		root.paths++
	}
	return s.id
}

// child is the step with one name, or nil. A pattern has a handful of names in one place, so this looks at each.
func (s *step) child(name []byte) *step {
	for i, n := range s.names {
		if string(name) == n {
			return s.next[i]
		}
	}
	return nil
}

// walk follows a name that may have dots in it.
func (s *step) walk(name []byte) *step {
	for s != nil {
		first, rest, more := bytes.Cut(name, []byte("."))
		s = s.child(first)
		if !more {
			break
		}
		name = rest
	}
	return s
}

// noChain is where a field stands that lies in no array.
const noChain = -1

// chain is an element of an array, and the one that it lies in.
type chain struct {
	parent int // or noChain
	array  int
	depth  int // how many elements lie around it, with itself
}

// scan reads the event and keeps the values that the pattern asks for. It returns false at a mistake.
func (r *run) scan(event []byte) bool {
	event = withoutMark(event)
	r.event = event
	r.pos = spaceEnd(event, 0)
	if r.pos == len(event) || event[r.pos] != '{' || !r.value(r.p.steps, noChain) {
		return false
	}
	return spaceEnd(event, r.pos) == len(event)
}

// value reads a value; s is where its names lead, nil when the pattern does not ask for it.
func (r *run) value(s *step, at int) bool {
	if r.pos == len(r.event) {
		return false
	}
	start := r.pos
	switch c := r.event[start]; c {
	case '{':
		return r.nest(func() bool { return r.object(s, at) })
	case '[':
		return r.nest(func() bool { return r.array(s, at) })
	case '"':
		end, escaped, ok := stringEnd(r.event, start)
		r.pos = end
		if !ok {
			return false
		}
		if s != nil && s.id >= 0 {
			r.keep(s.id, at, r.plain(start, end, escaped))
		}
		return true
	default:
		if !r.scalar(c) {
			return false
		}
		if s != nil && s.id >= 0 {
			r.keep(s.id, at, r.event[start:r.pos])
		}
		return true
	}
}

func (r *run) nest(read func() bool) bool {
	if r.depth++; r.depth > maxDepth {
		return false
	}
	ok := read()
	r.depth--
	return ok
}

// plain is a string in its quotes and without escapes.
func (r *run) plain(start, end int, escaped bool) []byte {
	if !escaped {
		return r.event[start:end]
	}
	from := len(r.unescaped)
	r.unescaped = append(r.unescaped, '"')
	r.unescaped = unescape(r.unescaped, r.event[start+1:end-1])
	r.unescaped = append(r.unescaped, '"')
	return r.unescaped[from:len(r.unescaped):len(r.unescaped)]
}

func (r *run) scalar(c byte) bool {
	if c == '-' || c >= '0' && c <= '9' {
		end, ok := numberEnd(r.event, r.pos)
		r.pos = end
		return ok
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if rest := r.event[r.pos:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
			r.pos += len(word)
			return true
		}
	}
	return false
}

func (r *run) object(s *step, at int) bool {
	r.pos = spaceEnd(r.event, r.pos+1)
	if r.skip('}') {
		return true
	}
	for {
		next, ok := r.name(s)
		if !ok || !r.value(next, at) {
			return false
		}
		r.pos = spaceEnd(r.event, r.pos)
		if r.skip('}') {
			return true
		}
		if !r.skip(',') {
			return false
		}
		r.pos = spaceEnd(r.event, r.pos)
	}
}

// name reads a name and its colon.
func (r *run) name(s *step) (next *step, ok bool) {
	start := r.pos
	if start == len(r.event) || r.event[start] != '"' {
		return nil, false
	}
	end, escaped, ok := stringEnd(r.event, start)
	if !ok {
		return nil, false
	}
	if s != nil && len(s.names) > 0 {
		name := r.event[start+1 : end-1]
		if escaped {
			name = unescape(nil, name)
		}
		next = s.walk(name)
	}
	r.pos = spaceEnd(r.event, end)
	if !r.skip(':') {
		return nil, false
	}
	r.pos = spaceEnd(r.event, r.pos)
	return next, true
}

func (r *run) array(s *step, at int) bool {
	array := r.arrays
	r.arrays++
	r.pos = spaceEnd(r.event, r.pos+1)
	if r.skip(']') {
		return true
	}
	for {
		if !r.value(s, r.element(s, at, array)) {
			return false
		}
		r.pos = spaceEnd(r.event, r.pos)
		if r.skip(']') {
			return true
		}
		if !r.skip(',') {
			return false
		}
		r.pos = spaceEnd(r.event, r.pos)
	}
}

// element is the chain of what stands in an array. Plain values in it have none of their own: of two fields that look
// into the same list of strings, each may find another one.
func (r *run) element(s *step, at, array int) int {
	if s == nil || r.pos == len(r.event) || r.event[r.pos] != '{' && r.event[r.pos] != '[' {
		return at
	}
	c := chain{parent: at, array: array, depth: 1}
	if at != noChain {
		c.depth += r.chains[at].depth
	}
	r.chains = append(r.chains, c)
	return len(r.chains) - 1
}

func (r *run) skip(c byte) bool {
	if r.pos < len(r.event) && r.event[r.pos] == c {
		r.pos++
		return true
	}
	return false
}
