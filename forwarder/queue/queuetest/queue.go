package queuetest

import (
	"container/list"
	"time"
)

// queue is the state of one queue. The server's lock guards all of it: one lock for all queues lets a message move to
// its dead-letter queue without being in two places or in none. Waiting for it is 2 % of the server's time at 120,000
// messages/s.
type queue struct {
	s          *Server
	name       string
	arn        string
	tail       string
	attributes map[string]string
	settings   settings

	seq      uint64
	messages map[uint64]*message
	count    [delayed + 1]int // messages in each state
	fresh    ring             // visible, never received
	again    ring             // visible, received before: older, so first
	hidden   hidden
	fifo     fifo

	waiters list.List // of *waiter, the longest waiting first
	timer   *time.Timer
	armed   time.Duration // what timer waits for, 0 if for nothing
	watch   chan struct{} // closed at the next change, nil if nobody looks

	purged time.Duration
}

// clear forgets all messages; those who wait for some go on waiting.
func (q *queue) clear() {
	q.messages, q.count = map[uint64]*message{}, [delayed + 1]int{}
	q.fresh, q.again, q.hidden = ring{}, ring{}, nil
	q.fifo = fifo{lines: map[string]*group{}, seen: map[string]sent{}, number: q.fifo.number}
}

// stop ends what a queue has running.
func (q *queue) stop() {
	if q.timer != nil {
		q.timer.Stop()
	}
}

func (q *queue) become(m *message, to state) {
	q.count[m.state]--
	m.state = to
	q.count[to]++
}

// add puts m on the queue, now or after a delay.
func (q *queue) add(m *message, now, delay time.Duration) {
	q.seq++
	m.seq = q.seq
	q.messages[m.seq] = m
	if q.settings.fifo {
		q.fifo.join(m)
	}
	m.state = gone
	if delay > 0 {
		m.until = now + delay
		q.become(m, delayed)
		q.hidden.push(m)
		return
	}
	q.show(m)
}

// show makes m visible.
func (q *queue) show(m *message) {
	q.become(m, visible)
	switch {
	case q.settings.fifo:
		q.fifo.offer(m.line)
	case m.count > m.before:
		q.again.push(m)
	default:
		q.fresh.push(m)
	}
}

// hide makes a message that is visible or hidden invisible until then.
func (q *queue) hide(m *message, until time.Duration) {
	m.until = until
	if m.state == inFlight {
		q.hidden.fix(m)
		return
	}
	q.become(m, inFlight)
	q.hidden.push(m)
}

func (q *queue) remove(m *message) {
	if m.state == inFlight || m.state == delayed {
		q.hidden.remove(m)
	}
	q.become(m, gone)
	delete(q.messages, m.seq)
	if q.settings.fifo {
		q.fifo.leave(m)
	}
}

// expire shows what has been hidden long enough.
func (q *queue) expire(now time.Duration) {
	for len(q.hidden) > 0 && q.hidden[0].until <= now {
		m := q.hidden[0]
		q.hidden.remove(m)
		q.show(m)
	}
}

// delivery is a message as one receive saw it.
type delivery struct {
	m       *message
	receipt uint32
	count   int
}

// take assigns up to n visible messages, hidden for the given time.
func (q *queue) take(now time.Duration, n int, hide time.Duration, out []delivery) []delivery {
	n = min(n, q.settings.maxInFlight-q.count[inFlight])
	if q.settings.fifo {
		return q.takeInOrder(now, n, hide, out)
	}
	for len(out) < n {
		m := q.again.pop()
		if m == nil {
			m = q.fresh.pop()
		}
		if m == nil {
			break
		}
		if !q.redrive(m, now) {
			out = append(out, q.assign(m, now, hide))
		}
	}
	return out
}

func (q *queue) assign(m *message, now, hide time.Duration) delivery {
	if m.first == 0 {
		m.first = time.Now().UnixMilli()
	}
	m.count++
	m.receipt++
	m.received = now
	q.hide(m, now+hide)
	q.s.stats.received++
	return delivery{m, m.receipt, m.count}
}

// redrive moves m to the dead-letter queue if it has been received often enough.
func (q *queue) redrive(m *message, now time.Duration) bool {
	if q.settings.maxReceives == 0 || m.count-m.before < q.settings.maxReceives {
		return false
	}
	dead, ok := q.s.queues[q.settings.deadLetter]
	if !ok {
		return false
	}
	q.remove(m)
	moved := *m // others may still be reading m
	moved.source, moved.before, moved.receipt = q.arn, m.count, 0
	moved.line, moved.ahead, moved.behind = nil, nil, nil
	q.s.stats.redriven++
	dead.add(&moved, now, 0)
	dead.settle(now)
	return true
}

// settle is called after every change: it answers those who wait for messages and tells those who look on.
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
	if len(q.hidden) == 0 || q.waiters.Len() == 0 && q.watch == nil || q.armed == q.hidden[0].until {
		return
	}
	if q.timer != nil {
		q.timer.Stop()
	}
	q.armed = q.hidden[0].until
	q.timer = time.AfterFunc(q.armed-now, func() {
		q.s.mu.Lock()
		defer q.s.mu.Unlock()
		q.armed = 0
		q.settle(q.s.now())
	})
}
