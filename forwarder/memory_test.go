package forwarder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// memory is a queue with visibility timeouts, receive counts, redrive and message groups, in the time of the test's
// bubble.
type memory struct {
	visibility  time.Duration
	maxReceives int
	faults      func(op string) error // of a whole call
	lose        func(m *stored) bool  // of one entry of a batch

	mu       sync.Mutex
	messages []*stored
	held     map[string]*stored           // by the latest receipt
	dead     map[string]map[string]string // by message id: why
	deleted  map[string]int
	arrived  chan struct{}
	receives int // calls
}

type stored struct {
	id, body, group, receipt string
	receives                 int
	received, visible        time.Time
}

func newMemory(visibility time.Duration) *memory {
	return &memory{
		visibility: visibility,
		dead:       map[string]map[string]string{},
		deleted:    map[string]int{},
		held:       map[string]*stored{},
		arrived:    make(chan struct{}, 1),
		faults:     func(string) error { return nil }, lose: func(*stored) bool { return false },
	}
}

// fail sets which calls fail.
func (q *memory) fail(faults func(op string) error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = faults
}

// failing fails the calls of one kind.
func failing(which, why string) func(op string) error {
	return func(op string) error {
		if op == which {
			return errors.New(why)
		}
		return nil
	}
}

func (q *memory) fault(op string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.faults(op)
}

func (q *memory) send(ids ...string) { q.sendGroup("", ids...) }

func (q *memory) sendGroup(group string, ids ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		q.messages = append(q.messages, &stored{id: id, body: "body of " + id, group: group})
	}
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

func (q *memory) Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error) {
	if err := q.fault("receive"); err != nil {
		return nil, err
	}
	end := time.NewTimer(max(wait, time.Millisecond)) // a call takes some time
	defer end.Stop()
	for {
		got, next := q.take(limit)
		if len(got) > 0 {
			return got, nil
		}
		again := time.NewTimer(next)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		case <-end.C:
			again.Stop()
			return nil, nil
		case <-q.arrived:
		case <-again.C:
		}
		again.Stop()
	}
}

// take returns visible messages, or the time until one may become visible.
func (q *memory) take(limit int) (got []queue.Message, next time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.receives++
	next = time.Hour
	now, locked := time.Now(), map[string]bool{}
	for _, m := range q.messages {
		switch {
		case q.dead[m.id] != nil:
		case m.visible.After(now):
			next = min(next, m.visible.Sub(now))
			locked[m.group] = m.group != ""
		case locked[m.group] || len(got) == limit:
		case q.maxReceives > 0 && m.receives >= q.maxReceives:
			q.dead[m.id] = map[string]string{"redrive": "policy"}
		default:
			m.receives++
			delete(q.held, m.receipt)
			m.received, m.visible, m.receipt = now, now.Add(q.visibility), fmt.Sprintf("%s#%d", m.id, m.receives)
			q.held[m.receipt] = m
			got = append(got, queue.Message{
				ID: m.id, Receipt: m.receipt, Body: []byte(m.body), Group: m.group, Receives: m.receives, Sent: now, Received: now,
			})
		}
	}
	return got, next
}

// each returns the messages that are still held under these receipt handles.
func (q *memory) each(ctx context.Context, op string, messages []queue.Message, act func(m *stored) error) []error {
	errs := make([]error, len(messages))
	fault := cmp.Or(ctx.Err(), q.fault(op))
	q.mu.Lock()
	defer q.mu.Unlock()
	for n := range messages {
		if errs[n] = fault; fault != nil {
			continue
		}
		switch m := q.held[messages[n].Receipt]; {
		case m == nil || !m.visible.After(time.Now()):
			errs[n] = fmt.Errorf("%w: %q is not a valid receipt handle", queue.ErrLeaseLost, messages[n].Receipt)
		case q.lose(m):
			errs[n] = errors.New("entry failed")
		default:
			errs[n] = act(m)
		}
	}
	return errs
}

func (q *memory) Delete(ctx context.Context, messages []queue.Message) []error {
	return q.each(ctx, "delete", messages, func(m *stored) error {
		q.deleted[m.id] += m.receives
		delete(q.held, m.receipt)
		i := slices.Index(q.messages, m)
		q.messages = slices.Delete(q.messages, i, i+1)
		return nil
	})
}

func (q *memory) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	return q.each(ctx, "extend", messages, func(m *stored) error {
		until := time.Now().Add(timeout)
		if until.Sub(m.received) > queue.MaxHold {
			// as Queue tells what SQS refuses
			return fmt.Errorf("%w: total visibility timeout is beyond the limit", queue.ErrLeaseLost)
		}
		m.visible = until
		return nil
	})
}

func (q *memory) DeadLetter(_ context.Context, m *queue.Message, why map[string]string) error {
	if err := q.fault("dead-letter"); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dead[m.ID] = why
	return nil
}

// expire makes a message visible to others before its time.
func (q *memory) expire(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if m.id == id {
			m.visible = time.Now().Add(-time.Nanosecond)
		}
	}
}

// purge removes all messages.
func (q *memory) purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = nil
	clear(q.held)
}

// calls returns how many receives there were.
func (q *memory) calls() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.receives
}

// state counts what is still in the queue: visible and invisible.
func (q *memory) state() (visible, invisible int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		switch {
		case m.visible.After(time.Now()):
			invisible++
		case q.dead[m.id] == nil:
			visible++
		}
	}
	return visible, invisible
}
