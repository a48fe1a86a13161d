package deadletter

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// maxLeased is how many messages of a queue one command hides at most: a second one shows what more there is.
const maxLeased = 10_000

// Seen is what a command has seen.
type Seen struct {
	Messages int
	Hidden   int // about how many more there are, which somebody else has received, or SQS does not show
}

// visit is given messages that are leased. What it does not delete is released at the end.
type visit func(ctx context.Context, l *leases, fresh []Message) error

// each visits the messages of the dead-letter queues, one queue after the other, each message once.
func (qs *Queues) each(ctx context.Context, do visit) (seen Seen, err error) {
	for _, q := range qs.dead {
		n, err := q.each(ctx, do)
		seen.Messages += n
		seen.Hidden += max(0, q.count-n)
		if err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func (q *queueInfo) each(ctx context.Context, do visit) (seen int, err error) {
	l := &leases{queue: q, receipts: map[string]*string{}}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { l.renew(renewing) })
	defer func() {
		stop()
		background.Wait()
		releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime) // then they show by themselves
		defer cancel()
		if failed := l.changeVisibility(releasing, 0); failed != nil {
			err = errors.Join(err, fmt.Errorf("release to %s: %w: the rest shows again within %s", q.name, failed, leaseTime))
		}
	}()
	for empty := 0; empty < 2 && len(l.active()) < maxLeased; {
		if ctx.Err() != nil {
			return seen, ctx.Err()
		}
		messages, err := q.receive(ctx)
		if err != nil {
			return seen, err
		}
		fresh, deleted := l.add(messages)
		for _, receipt := range deleted {
			_ = q.delete(ctx, receipt) // else it comes again, and is deleted then
		}
		if len(fresh) == 0 {
			empty++
			continue
		}
		empty = 0
		seen += len(fresh)
		if err := do(ctx, l, fresh); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// Read shows each message that matches.
func (qs *Queues) Read(ctx context.Context, f Filter, show func(*Message)) (Seen, error) {
	return qs.each(ctx, func(_ context.Context, _ *leases, fresh []Message) error {
		for i := range fresh {
			if f.Match(&fresh[i]) {
				show(&fresh[i])
			}
		}
		return nil
	})
}
