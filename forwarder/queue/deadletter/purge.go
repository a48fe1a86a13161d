package deadletter

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Purge deletes the messages that match: each by itself, or the whole queues where all are selected.
func (qs *Queues) Purge(ctx context.Context, f Filter, report func(Result)) (Result, error) {
	if f.All() {
		return qs.purgeAll(ctx)
	}
	var r Result
	seen, err := qs.each(ctx, func(ctx context.Context, l *leases, fresh []Message) error {
		for i := range fresh {
			m := &fresh[i]
			switch {
			case !f.Match(m):
				r.Other++
			case ctx.Err() != nil:
				return ctx.Err()
			default:
				if err := l.delete(ctx, m.ID); err != nil {
					return err
				}
				r.Done++
			}
			r.Looked++
			report(r)
		}
		return nil
	})
	r.Hidden = seen.Hidden
	return r, err
}

func (qs *Queues) purgeAll(ctx context.Context) (r Result, err error) {
	for _, q := range qs.dead {
		if _, err := q.client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &q.url}); err != nil {
			err = fmt.Errorf("purge %s: %w", q.name, err)
			if busy := new(types.PurgeQueueInProgress); errors.As(err, &busy) {
				err = &Error{err: err, hint: "AWS purges a queue once in 60 seconds: try again then"}
			}
			return r, err
		}
		r.Done += q.count
	}
	return r, nil
}
