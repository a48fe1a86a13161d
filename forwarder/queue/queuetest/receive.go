package queuetest

import (
	"container/list"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// waiter is a receive, and a long poll while it waits.
type waiter struct {
	q     *queue
	ctx   context.Context // the request's: a client that has gone must not be given messages
	max   int
	hide  time.Duration
	limit time.Duration // how long to wait

	systemNames, names []string

	place  *list.Element
	done   chan struct{} // closed when the answer is there
	answer []byte        // {"Messages":[…]}, nil as long as there are none
}

func orElse(value *int, usual int) int {
	if value == nil {
		return usual
	}
	return *value
}

func (q *queue) receiveMessage(c *call) (any, *Error) {
	count, wait := orElse(c.MaxNumberOfMessages, 1), orElse(c.WaitTimeSeconds, 0)
	visibility := orElse(c.VisibilityTimeout, q.settings.visibility)
	switch {
	case count < 1 || count > 10:
		return nil, invalidValue("MaxNumberOfMessages", count, "Must be between 1 and 10, if provided.")
	case wait < 0 || wait > 20:
		return nil, invalidValue("WaitTimeSeconds", wait, "Must be >= 0 and <= 20, if provided.")
	case visibility < 0 || visibility > maxVisibility:
		return nil, errVisibility(visibility)
	case wait == 0 && !q.settings.fifo && q.count[inFlight] >= q.settings.maxInFlight:
		return nil, errOverLimit
	}
	w := &waiter{
		q: q, ctx: c.ctx, max: count, hide: q.s.seconds(visibility), limit: q.s.seconds(wait),
		systemNames: append(c.MessageSystemAttributeNames, c.AttributeNames...), names: c.MessageAttributeNames,
	}
	q.take(w, c.now)
	switch {
	case w.answer != nil:
		return w.answer, nil
	case wait == 0:
		return []byte("{}"), nil
	}
	q.s.stats.Receives++
	w.done = make(chan struct{})
	w.place = q.waiters.PushBack(w)
	return w, nil
}

// wait returns the answer when there are messages, when the time is over, or when nobody waits for it any more.
func (w *waiter) wait() []byte {
	t := time.NewTimer(w.limit)
	defer t.Stop()
	select {
	case <-w.done:
	case <-t.C:
	case <-w.ctx.Done():
	case <-w.q.s.closed:
	}
	w.q.s.mu.Lock()
	defer w.q.s.mu.Unlock()
	w.q.waiters.Remove(w.place) // does nothing if it was served meanwhile
	w.q.s.stats.Receives--
	if w.answer == nil {
		return []byte("{}")
	}
	return w.answer
}

// serve gives visible messages to those who wait, the longest waiting first.
func (q *queue) serve(now time.Duration) {
	for q.waiters.Len() > 0 {
		w := q.waiters.Front().Value.(*waiter)
		if w.ctx.Err() == nil {
			if q.take(w, now); w.answer == nil {
				return
			}
			close(w.done)
		}
		q.waiters.Remove(w.place)
	}
}

// take assigns visible messages to w, as many as it wants.
func (q *queue) take(w *waiter, now time.Duration) {
	count := min(w.max, q.settings.maxInFlight-q.count[inFlight])
	for range count {
		m := q.next(now)
		if m == nil {
			break
		}
		q.assign(m, now, now+w.hide)
		if w.answer == nil {
			size := min(count, q.count[visible]+1) * (len(m.wire) + 800)
			w.answer = append(make([]byte, 0, size), `{"Messages":[`...)
		} else {
			w.answer = append(w.answer[:len(w.answer)-len("]}")], ',')
		}
		w.answer = append(w.appendMessage(w.answer, m), "]}"...)
	}
	if q.settings.fifo && w.answer != nil {
		q.groups.endTurn()
	}
}

// next returns a message that may be received now, nil if there is none. Those that have been received often enough it
// moves to the dead-letter queue.
func (q *queue) next(now time.Duration) *message {
	for {
		var m *message
		if q.settings.fifo {
			m = q.groups.next()
		} else if m = pop(&q.again); m == nil {
			m = pop(&q.fresh)
		}
		if m == nil || !q.redrive(m, now) {
			return m
		}
	}
}

func (w *waiter) appendMessage(b []byte, m *message) []byte {
	b = append(append(b, m.wire...), `,"ReceiptHandle":"`...)
	b = append(append(b, w.q.handle(m)...), '"')
	if attributes := m.attributesNamed(w.names); len(attributes) > 0 {
		b = append(append(b, `,"MD5OfMessageAttributes":"`...), digestAttributes(attributes)...)
		b = append(append(b, `","MessageAttributes":`...), encode(attributes)...)
	}
	if system := m.system(w.systemNames); len(system) > 0 {
		b = append(append(b, `,"Attributes":`...), encode(system)...)
	}
	return append(b, '}')
}

// attributesNamed are the message attributes that were asked for; a name may be a prefix with ".*".
func (m *message) attributesNamed(names []string) map[string]Attribute {
	some := map[string]Attribute{}
	for _, name := range names {
		prefix, isPrefix := strings.CutSuffix(name, ".*")
		for has, a := range m.attributes {
			if name == "All" || has == name || isPrefix && strings.HasPrefix(has, prefix) {
				some[has] = a
			}
		}
	}
	return some
}

// system are the message system attributes that were asked for and that m has.
func (m *message) system(names []string) map[string]string {
	if len(names) == 0 {
		return nil
	}
	has := map[string]string{
		"SenderId": "AIDAQUEUETESTSENDER01", "SentTimestamp": strconv.FormatInt(m.sent, 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.first, 10),
		"SequenceNumber":                   m.number, "MessageDeduplicationId": m.dedup, "MessageGroupId": m.group,
		"AWSTraceHeader": m.trace, "DeadLetterQueueSourceArn": m.source,
	}
	for name, value := range has {
		if value == "" || !slices.Contains(names, name) && !slices.Contains(names, "All") {
			delete(has, name)
		}
	}
	return has
}
