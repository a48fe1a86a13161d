package queuetest

import (
	"strconv"
	"time"
)

// fifo is the order of a FIFO queue: each message group is a line, and only what stands at the head of a line may be
// received, with all that is visible behind it up to the first message that is not.
type fifo struct {
	lines  map[string]*group
	ready  []*group // lines with a visible head; they take turns
	number uint64
	seen   map[string]sent // by deduplication id
	old    []string        // keys of seen, the oldest first
}

type group struct {
	id         string
	head, last *message
	queued     bool // in ready
}

// sent is what a duplicate is answered with.
type sent struct {
	m  *message
	at time.Duration
}

func (f *fifo) join(m *message) {
	g := f.lines[m.group]
	if g == nil {
		g = &group{id: m.group}
		f.lines[m.group] = g
	}
	m.line, m.ahead = g, g.last
	if g.last != nil {
		g.last.behind = m
	} else {
		g.head = m
	}
	g.last = m
}

func (f *fifo) leave(m *message) {
	g := m.line
	if m.ahead != nil {
		m.ahead.behind = m.behind
	} else {
		g.head = m.behind
	}
	if m.behind != nil {
		m.behind.ahead = m.ahead
	} else {
		g.last = m.ahead
	}
	if g.head == nil {
		delete(f.lines, g.id)
		return
	}
	f.offer(g)
}

// offer lines g up if its head can be received.
func (f *fifo) offer(g *group) {
	if !g.queued && g.head != nil && g.head.state == visible {
		g.queued = true
		f.ready = append(f.ready, g)
	}
}

func (q *queue) takeInOrder(now time.Duration, n int, hide time.Duration, out []delivery) []delivery {
	f := &q.fifo
	for len(out) < n && len(f.ready) > 0 {
		g := f.ready[0]
		f.ready = f.ready[1:]
		for m := g.head; m != nil && m.state == visible && len(out) < n; {
			next := m.behind
			if !q.redrive(m, now) {
				out = append(out, q.assign(m, now, hide))
			}
			m = next
		}
		g.queued = false
		f.offer(g)
	}
	return out
}

const dedupSeconds = 300

// duplicate returns the message that was sent with the same deduplication id in the last five minutes, nil if none was.
func (q *queue) duplicate(m *message, now time.Duration) *message {
	f := &q.fifo
	for len(f.old) > 0 && now-f.seen[f.old[0]].at >= q.s.seconds(dedupSeconds) {
		delete(f.seen, f.old[0])
		f.old = f.old[1:]
	}
	key := m.dedup
	if q.settings.dedupByGroup {
		key = m.group + "\x00" + key
	}
	if was, ok := f.seen[key]; ok {
		return was.m
	}
	f.seen[key] = sent{m, now}
	f.old = append(f.old, key)
	f.number++
	m.number = f.number
	return nil
}

// appendNumber writes a sequence number: 20 digits, growing, not consecutive.
func appendNumber(b []byte, n uint64) []byte {
	return strconv.AppendUint(b, 10_000_000_000_000_000_000+n*256, 10)
}
