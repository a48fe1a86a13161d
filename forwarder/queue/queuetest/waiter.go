package queuetest

import (
	"container/list"
	"context"
	"time"
)

// waiter is a long poll.
type waiter struct {
	ctx  context.Context // the request's: a client that has gone must not be given messages
	n    int
	hide time.Duration
	got  []delivery
	done chan struct{} // closed when got is filled
}

// serve gives visible messages to those who wait, the longest waiting first.
func (q *queue) serve(now time.Duration) {
	for q.waiters.Len() > 0 && q.canGive() {
		e := q.waiters.Front()
		w := e.Value.(*waiter)
		if w.ctx.Err() == nil {
			w.got = q.take(now, w.n, w.hide, w.got)
			if len(w.got) == 0 {
				return // what there was went to the dead-letter queue
			}
			close(w.done)
		}
		q.waiters.Remove(e)
	}
}

func (q *queue) canGive() bool {
	if q.count[inFlight] >= q.settings.maxInFlight {
		return false
	}
	if q.settings.fifo {
		return len(q.fifo.ready) > 0
	}
	return q.count[visible] > 0
}

// wait lines w up. The caller holds the lock, and then calls receive without it.
func (q *queue) wait(w *waiter, now time.Duration) *list.Element {
	w.done = make(chan struct{})
	e := q.waiters.PushBack(w)
	q.arm(now)
	return e
}

// receive returns when there are messages, when the time is over, or when nobody waits for the answer any more.
func (w *waiter) receive(q *queue, e *list.Element, patience time.Duration) []delivery {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-w.done:
		return w.got
	case <-t.C:
	case <-w.ctx.Done():
	case <-q.s.closed:
	}
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	q.waiters.Remove(e) // no-op if it was served meanwhile
	return w.got
}
