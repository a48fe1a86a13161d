package queuetest

// ring is a queue of messages that are visible. One that is deleted or hidden meanwhile stays, to be skipped when its
// turn comes.
type ring struct {
	buf     []*message
	head, n int
}

func (r *ring) push(m *message) {
	if r.n == len(r.buf) {
		grown := make([]*message, max(64, 2*len(r.buf)))
		k := copy(grown, r.buf[r.head:])
		copy(grown[k:], r.buf[:r.head])
		r.buf, r.head = grown, 0
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = m
	r.n++
}

// pop returns the next message that is still visible, nil if there is none.
func (r *ring) pop() *message {
	for r.n > 0 {
		m := r.buf[r.head]
		r.buf[r.head] = nil
		r.head = (r.head + 1) & (len(r.buf) - 1)
		r.n--
		if m.state == visible {
			return m
		}
	}
	return nil
}

// hidden is a heap of messages that are in flight or delayed, by the time at which they become visible. Each message
// knows its place, so that deleting one of 120,000 is not a search. Deadlines mostly arrive in order, which makes push
// cheap.
type hidden []*message

func (m *message) sooner(other *message) bool {
	return m.until < other.until || m.until == other.until && m.seq < other.seq
}

func (h *hidden) push(m *message) {
	*h = append(*h, m)
	h.up(len(*h) - 1)
}

func (h *hidden) remove(m *message) {
	i, last := m.place, len(*h)-1
	moved := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	if i == last {
		return
	}
	(*h)[i] = moved
	moved.place = i
	h.fix(moved)
}

// fix restores the order after m's deadline changed.
func (h *hidden) fix(m *message) {
	h.up(m.place)
	h.down(m.place)
}

func (h *hidden) up(i int) {
	s := *h
	m := s[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !m.sooner(s[parent]) {
			break
		}
		s[i] = s[parent]
		s[i].place = i
		i = parent
	}
	s[i] = m
	m.place = i
}

func (h *hidden) down(i int) {
	s := *h
	m := s[i]
	for {
		child := 2*i + 1
		if child >= len(s) {
			break
		}
		if child+1 < len(s) && s[child+1].sooner(s[child]) {
			child++
		}
		if !s[child].sooner(m) {
			break
		}
		s[i] = s[child]
		s[i].place = i
		i = child
	}
	s[i] = m
	m.place = i
}
