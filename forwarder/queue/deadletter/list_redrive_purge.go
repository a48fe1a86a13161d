package deadletter

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

const (
	// maxLeased is how many messages of a queue one command hides at most. Running the command again shows the others.
	maxLeased = 10_000
	// maxConcurrent is how many messages are sent or deleted concurrently, if their order does not matter.
	maxConcurrent = 8
)

// Result counts the messages that a command has looked at, by what happened to them.
type Result struct {
	Seen        int // all messages so far
	Handled     int // shown, sent back, or deleted
	NotMatching int
	CameBack    int // were sent back by this command and have returned
	Hidden      int // approximate number of others: received by somebody else, or not returned by SQS
}

// walk visits each message of the dead-letter queues once, and applies act to each one that matches.
type walk struct {
	filter      Filter
	act         func(context.Context, *leases, *Message) error // its calls are not interrupted
	concurrency int                                            // how many messages are handled at the same time
	limit       *rate.Limiter                                  // how often per second act may be called
	report      func(Result)                                   // after each message

	mu     sync.Mutex
	result Result
	sent   map[string]bool // the message ids of the messages sent back
}

var unlimited = rate.NewLimiter(rate.Inf, 0)

// Read calls show with each message that matches.
func (qs *Queues) Read(ctx context.Context, f Filter, show func(*Message)) (Result, error) {
	act := func(_ context.Context, _ *leases, m *Message) error {
		show(m)
		return nil
	}
	return qs.walk(ctx, &walk{filter: f, act: act, concurrency: 1, limit: unlimited, report: func(Result) {}})
}

// Sample returns a few messages of each dead-letter queue: at most ten, as many as SQS returns at once.
func (qs *Queues) Sample(ctx context.Context) (sample []*Message, err error) {
	for _, q := range qs.dead {
		l := &leases{queue: q}
		err := l.keepHidden(ctx, func() error {
			messages, err := l.receive(ctx)
			sample = append(sample, messages...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return sample, nil
}

// Purge deletes the messages that match.
func (qs *Queues) Purge(ctx context.Context, f Filter, report func(Result)) (Result, error) {
	act := func(ctx context.Context, l *leases, m *Message) error { return l.remove(ctx, m) }
	return qs.walk(ctx, &walk{filter: f, act: act, concurrency: maxConcurrent, limit: unlimited, report: report})
}

// Redrive sends the messages that match back through the stack's queue, at most perSecond a second. A message is
// deleted only after SQS has accepted its copy: if the process is killed between the two, the event comes twice, but is
// not lost.
func (qs *Queues) Redrive(ctx context.Context, f Filter, perSecond int, report func(Result)) (Result, error) {
	w := &walk{filter: f, concurrency: maxConcurrent, report: report, sent: map[string]bool{}}
	w.limit = rate.NewLimiter(rate.Limit(perSecond), 1)
	w.act = func(ctx context.Context, l *leases, m *Message) error {
		id, err := qs.main.send(ctx, m)
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.sent[id] = true
		w.mu.Unlock()
		return l.remove(ctx, m)
	}
	if qs.main.fifo {
		w.concurrency = 1
	}
	return qs.walk(ctx, w)
}

func (qs *Queues) walk(ctx context.Context, w *walk) (Result, error) {
	for _, q := range qs.dead {
		before := w.result.Seen
		l := &leases{queue: q}
		err := l.keepHidden(ctx, func() error { return w.visitQueue(ctx, l) })
		w.result.Hidden += max(0, q.count-(w.result.Seen-before))
		if err != nil {
			return w.result, err
		}
	}
	return w.result, nil
}

// visitQueue receives the messages of one queue and visits them.
func (w *walk) visitQueue(ctx context.Context, l *leases) error {
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

// visit handles the messages. It skips those that do not match, and those that this command has sent back and that are
// here again: with a receiver that refuses them, the command would never end.
func (w *walk) visit(ctx context.Context, l *leases, fresh []*Message) error {
	g, acting := errgroup.WithContext(ctx) // ends with the first failure
	g.SetLimit(w.concurrency)
	for _, m := range fresh {
		switch {
		case w.cameBack(m):
			w.count(&w.result.CameBack)
			continue
		case !w.filter.Match(m):
			w.count(&w.result.NotMatching)
			continue
		}
		g.Go(func() error {
			if err := w.limit.Wait(acting); err != nil {
				return err // no message of a group overtakes one that could not be sent
			}
			if err := w.act(ctx, l, m); err != nil {
				return err
			}
			w.count(&w.result.Handled)
			return nil
		})
	}
	return g.Wait()
}

func (w *walk) cameBack(m *Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[m.ID] || w.sent[m.original]
}

// count increments counter for one more message, and reports the result so far.
func (w *walk) count(counter *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*counter++
	w.result.Seen++
	w.report(w.result)
}
