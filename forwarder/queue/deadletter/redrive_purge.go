package deadletter

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

const (
	// maxLeased is how many messages of a queue one command hides at most: a second one shows what more there is.
	maxLeased = 10_000
	// maxActing is how many messages are sent or deleted at once, where order does not count.
	maxActing = 8
)

// Result is what a command has looked at, and what became of it.
type Result struct {
	Looked int // all that were looked at so far
	Done   int // shown, sent back, or deleted
	Other  int // do not match the filter
	Again  int // were sent back just now, and are here again
	Hidden int // about how many more there are, which somebody else has received, or SQS does not show
}

// walk looks at the messages of the dead-letter queues, each once, and does the same with all that match.
type walk struct {
	filter Filter
	act    func(context.Context, *Message) error // is not interrupted
	remove bool                                  // deletes a message after that
	atOnce int                                   // how many are acted upon
	limit  *rate.Limiter                         // of those
	report func(Result)                          // after each message

	mu     sync.Mutex
	result Result
	sent   map[string]bool // the message ids of what was sent back
}

var unlimited = rate.NewLimiter(rate.Inf, 0)

// Read shows each message that matches.
func (qs *Queues) Read(ctx context.Context, f Filter, show func(*Message)) (Result, error) {
	act := func(_ context.Context, m *Message) error {
		show(m)
		return nil
	}
	return qs.walk(ctx, &walk{filter: f, act: act, atOnce: 1, limit: unlimited, report: func(Result) {}})
}

// Purge deletes the messages that match.
func (qs *Queues) Purge(ctx context.Context, f Filter, report func(Result)) (Result, error) {
	act := func(context.Context, *Message) error { return nil }
	return qs.walk(ctx, &walk{filter: f, act: act, remove: true, atOnce: maxActing, limit: unlimited, report: report})
}

// Redrive sends the messages that match back through the stack's queue, at most perSecond a second. A message is
// deleted only after SQS has taken its copy: if the process is killed between the two, the event comes twice, and none
// is lost.
func (qs *Queues) Redrive(ctx context.Context, f Filter, perSecond int, report func(Result)) (Result, error) {
	w := &walk{filter: f, remove: true, atOnce: maxActing, report: report, sent: map[string]bool{}}
	w.limit = rate.NewLimiter(rate.Limit(perSecond), 1)
	w.act = func(ctx context.Context, m *Message) error {
		id, err := qs.main.send(ctx, m)
		if err == nil {
			w.mu.Lock()
			w.sent[id] = true
			w.mu.Unlock()
		}
		return err
	}
	if qs.main.fifo {
		w.atOnce = 1
	}
	return qs.walk(ctx, w)
}

func (qs *Queues) walk(ctx context.Context, w *walk) (Result, error) {
	for _, q := range qs.dead {
		before := w.result.Looked
		l := &leases{queue: q, receipts: map[string]*string{}}
		err := l.during(ctx, func() error { return w.through(ctx, l) })
		w.result.Hidden += max(0, q.count-(w.result.Looked-before))
		if err != nil {
			return w.result, err
		}
	}
	return w.result, nil
}

// through goes through one queue.
func (w *walk) through(ctx context.Context, l *leases) error {
	for empty := 0; empty < 2 && len(l.active()) < maxLeased; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fresh, err := l.receive(ctx)
		if err != nil {
			return err
		}
		if empty++; len(fresh) > 0 {
			empty = 0
		}
		if err := w.visit(ctx, l, fresh); err != nil {
			return err
		}
	}
	return nil
}

// visit leaves out what does not match, and what came back: else a receiver that refuses would keep it going for ever.
func (w *walk) visit(ctx context.Context, l *leases, fresh []*Message) error {
	g, acting := errgroup.WithContext(ctx) // ends with the first failure
	g.SetLimit(w.atOnce)
	for _, m := range fresh {
		switch {
		case w.cameBack(m):
			w.count(&w.result.Again)
			continue
		case !w.filter.Match(m):
			w.count(&w.result.Other)
			continue
		}
		g.Go(func() error {
			if err := w.limit.Wait(acting); err != nil {
				return err // nothing of a group overtakes what could not be sent
			}
			if err := w.do(ctx, l, m); err != nil {
				return err
			}
			w.count(&w.result.Done)
			return nil
		})
	}
	return g.Wait()
}

// do is completed once it is begun.
func (w *walk) do(ctx context.Context, l *leases, m *Message) error {
	acting, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	if err := w.act(acting, m); err != nil || !w.remove {
		return err
	}
	if err := l.delete(ctx, m.ID); err != nil {
		return fmt.Errorf("event %s is a dead letter still: %w", m.EventID, err)
	}
	return nil
}

func (w *walk) cameBack(m *Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[m.ID] || w.sent[m.original]
}

// count counts a message as one of those, and reports.
func (w *walk) count(as *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*as++
	w.result.Looked++
	w.report(w.result)
}
