package deadletter

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// maxHeld is how many letters one look hides at most: what more there is, another look shows.
const maxHeld = 10_000

// Seen is what a look has seen.
type Seen struct {
	Letters int
	Hidden  int // about how many more there are, which somebody else holds, or SQS does not show
}

// visit is handed letters that are held. What it settles it drops; the rest is given back at the end.
type visit func(ctx context.Context, h *held, fresh []Letter) error

// walk goes through the dead-letter queues, one after the other, and hands on each letter once.
func (qs *Queues) walk(ctx context.Context, do visit) (seen Seen, err error) {
	for _, q := range qs.dead {
		n, err := qs.walkOne(ctx, q, do)
		seen.Letters += n
		seen.Hidden += max(0, q.count-n)
		if err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func (qs *Queues) walkOne(ctx context.Context, q *one, do visit) (seen int, err error) {
	h := &held{queues: qs, queue: q, receipts: map[string]*string{}}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { h.renew(renewing) })
	defer func() {
		stop()
		background.Wait()
		giving, cancel := context.WithTimeout(context.WithoutCancel(ctx), hold) // then they show by themselves
		defer cancel()
		if given := h.hide(giving, 0); given != nil {
			err = errors.Join(err, fmt.Errorf("give back to %s: %w: the rest shows again within %s", q.name, given, hold))
		}
	}()
	for empty := 0; empty < 2 && len(h.all()) < maxHeld; {
		if ctx.Err() != nil {
			return seen, ctx.Err()
		}
		messages, err := qs.receive(ctx, q)
		if err != nil {
			return seen, err
		}
		fresh, gone := h.add(messages)
		for _, receipt := range gone {
			_ = qs.remove(ctx, q, receipt) // else it comes again, and is deleted then
		}
		if len(fresh) == 0 {
			empty++
			continue
		}
		empty = 0
		seen += len(fresh)
		if err := do(ctx, h, fresh); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// Read shows each letter that matches.
func (qs *Queues) Read(ctx context.Context, f Filter, show func(*Letter)) (Seen, error) {
	return qs.walk(ctx, func(_ context.Context, _ *held, fresh []Letter) error {
		for i := range fresh {
			if f.Match(&fresh[i]) {
				show(&fresh[i])
			}
		}
		return nil
	})
}
