package queuetest

import (
	"slices"
	"strconv"
	"time"
)

// groups are the message groups of a FIFO queue. Of each, only the head may be received, with all that is visible
// behind it up to the first message that is not.
type groups struct {
	byID   map[string]*group
	ready  []*group // with something to receive; they take turns
	number uint64
	seen   map[string]sent // by deduplication id
	old    []string        // keys of seen, the oldest first
}

type group struct {
	id       string
	messages []*message // in the order in which they were sent
	isReady  bool       // it is in groups.ready
	given    int        // of its messages, in the receive that has its turn
}

// sent is what a duplicate is answered with.
type sent struct {
	m  *message
	at time.Duration
}

func (f *groups) join(m *message) {
	g := f.byID[m.group]
	if g == nil {
		g = &group{id: m.group}
		f.byID[m.group] = g
	}
	g.messages = append(g.messages, m)
}

func (f *groups) leave(m *message) {
	g := f.byID[m.group]
	i := slices.Index(g.messages, m)
	if i == 0 {
		g.messages = g.messages[1:] // the usual case, without moving the others
	} else {
		g.messages = slices.Delete(g.messages, i, i+1)
	}
	if i < g.given {
		g.given--
	}
	if len(g.messages) == 0 {
		delete(f.byID, g.id)
		return
	}
	f.offer(g)
}

// offer puts g into the line of those that can be received, if its head can.
func (f *groups) offer(g *group) {
	if !g.isReady && len(g.messages) > 0 && g.messages[0].state == visible {
		g.isReady = true
		f.ready = append(f.ready, g)
	}
}

// next returns the next message that may be received, nil if there is none. A receive is given as much of a group as it
// has room for.
func (f *groups) next() *message {
	for len(f.ready) > 0 {
		g := f.ready[0]
		if g.given < len(g.messages) && g.messages[g.given].state == visible {
			g.given++
			return g.messages[g.given-1]
		}
		f.endTurn()
	}
	return nil
}

// endTurn is called at the end of a receive, too: the group whose turn it was now waits for its head.
func (f *groups) endTurn() {
	if len(f.ready) == 0 {
		return
	}
	g := f.ready[0]
	f.ready = f.ready[1:]
	g.isReady, g.given = false, 0
	f.offer(g)
}

const dedupSeconds = 300

// duplicate returns the message that was sent with the same deduplication id in the last five minutes, nil if none was.
func (q *queue) duplicate(m *message, now time.Duration) *message {
	f := &q.groups
	for len(f.old) > 0 && now-f.seen[f.old[0]].at >= q.s.seconds(dedupSeconds) {
		delete(f.seen, f.old[0])
		f.old = f.old[1:]
	}
	if was, ok := f.seen[m.dedup]; ok {
		return was.m
	}
	f.seen[m.dedup] = sent{m, now}
	f.old = append(f.old, m.dedup)
	f.number++
	m.number = strconv.FormatUint(10_000_000_000_000_000_000+f.number*256, 10) // 20 digits, growing, not consecutive
	return nil
}
