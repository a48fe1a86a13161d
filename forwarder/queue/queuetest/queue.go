package queuetest

import (
	"container/heap"
	"container/list"
	"time"
)

// queue is the state of one queue. The server's lock guards all of it.
type queue struct {
	s          *Server
	name       string
	arn        string
	handleEnd  string
	attributes map[string]string
	settings   settings

	sequence uint64
	messages map[uint64]*message
	count    [inFlight + 1]int // messages in each state
	fresh    []*message        // visible, never received; also some that are not visible any more
	again    []*message        // the same of those that were received before
	hidden   hidden
	groups   groups // of a FIFO queue, which uses neither fresh nor again

	waiters list.List // of *waiter, the longest waiting first
	timer   *time.Timer
	armed   time.Duration // what timer waits for, 0 if for nothing
	watch   chan struct{} // closed at the next change, nil if nobody waits for one
	purged  time.Duration
}

func (q *queue) clear() {
	q.messages, q.count = map[uint64]*message{}, [inFlight + 1]int{}
	q.fresh, q.again, q.hidden = nil, nil, nil
	q.groups = groups{byID: map[string]*group{}, seen: map[string]sent{}, number: q.groups.number}
}

func (q *queue) become(m *message, to state) {
	q.count[m.state]--
	m.state = to
	q.count[to]++
}

func (q *queue) add(m *message) {
	q.sequence++
	m.sequence, m.state = q.sequence, gone
	q.messages[m.sequence] = m
	if q.settings.fifo {
		q.groups.join(m)
	}
	q.show(m)
}

// show makes m visible.
func (q *queue) show(m *message) {
	q.become(m, visible)
	switch {
	case q.settings.fifo:
		q.groups.offer(q.groups.byID[m.group])
	case m.receives > m.before:
		q.again = append(q.again, m)
	default:
		q.fresh = append(q.fresh, m)
	}
}

// pop removes and returns the first message that is still visible, nil if there is none.
func pop(line *[]*message) *message {
	for len(*line) > 0 {
		m := (*line)[0]
		(*line)[0] = nil
		*line = (*line)[1:]
		if m.state == visible {
			return m
		}
	}
	return nil
}

// hide makes a message that is visible or hidden invisible until then.
func (q *queue) hide(m *message, until time.Duration) {
	m.until = until
	if m.state == inFlight {
		heap.Fix(&q.hidden, m.place)
		return
	}
	q.become(m, inFlight)
	heap.Push(&q.hidden, m)
}

// assign gives m to a receive.
func (q *queue) assign(m *message, now, until time.Duration) {
	if m.first == 0 {
		m.first = time.Now().UnixMilli()
	}
	m.receives++
	m.receipt++
	m.received = now
	q.hide(m, until)
	q.s.stats.Received++
}

func (q *queue) remove(m *message) {
	if m.state == inFlight {
		heap.Remove(&q.hidden, m.place)
	}
	q.become(m, gone)
	delete(q.messages, m.sequence)
	if q.settings.fifo {
		q.groups.leave(m)
	}
}

// expire shows what has been hidden long enough.
func (q *queue) expire(now time.Duration) {
	for len(q.hidden) > 0 && q.hidden[0].until <= now {
		q.show(heap.Pop(&q.hidden).(*message))
	}
}

// redrive moves m to the dead-letter queue if it has been received often enough.
func (q *queue) redrive(m *message, now time.Duration) bool {
	if q.settings.maxReceives == 0 || m.receives-m.before < q.settings.maxReceives {
		return false
	}
	dead, ok := q.s.queues[q.settings.deadLetter]
	if !ok {
		return false
	}
	q.remove(m)
	moved := *m // fresh or again may still hold m
	moved.source, moved.before, moved.receipt = q.arn, m.receives, 0
	q.s.stats.Redriven++
	dead.add(&moved)
	dead.settle(now)
	return true
}

// settle is called after every change: it answers those who wait for messages or for a change.
func (q *queue) settle(now time.Duration) {
	q.expire(now)
	q.serve(now)
	if q.watch != nil {
		close(q.watch)
		q.watch = nil
	}
	q.arm(now)
}

// arm sets the timer for the next message to become visible, if anybody waits for it.
func (q *queue) arm(now time.Duration) {
	if len(q.hidden) == 0 || q.waiters.Len() == 0 && q.watch == nil || q.armed == q.hidden[0].until || q.s.isClosed {
		return
	}
	q.stopTimer()
	q.armed = q.hidden[0].until
	q.timer = time.AfterFunc(q.armed-now, func() {
		q.s.mu.Lock()
		defer q.s.mu.Unlock()
		q.armed = 0
		q.settle(q.s.now())
	})
}

func (q *queue) stopTimer() {
	if q.timer != nil {
		q.timer.Stop()
	}
}

// hidden is a heap of messages that are in flight, by the time at which they become visible.
type hidden []*message

func (h hidden) Len() int { return len(h) }

func (h hidden) Less(i, j int) bool {
	return h[i].until < h[j].until || h[i].until == h[j].until && h[i].sequence < h[j].sequence
}

func (h hidden) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *hidden) Push(x any) {
	m := x.(*message)
	m.place = len(*h)
	*h = append(*h, m)
}

// Pop implements heap.Interface.
func (h *hidden) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return m
}
