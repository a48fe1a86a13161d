package deadletter

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// leases are the messages of one queue that are hidden from others now, and those that were deleted.
type leases struct {
	queue *queueInfo

	mu       sync.Mutex
	receipts map[string]*string // by message id; nil for a deleted one
}

// add notes what was received and returns what was not received before. SQS may deliver a message again, even one that
// was deleted: those are returned as deleted.
func (l *leases) add(messages []types.Message) (fresh []Message, deleted []*string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		id := aws.ToString(m.MessageId)
		receipt, known := l.receipts[id]
		switch {
		case known && receipt == nil:
			deleted = append(deleted, m.ReceiptHandle)
			continue
		case !known:
			fresh = append(fresh, newMessage(l.queue.name, m))
		}
		l.receipts[id] = m.ReceiptHandle
	}
	return fresh, deleted
}

// delete deletes a message, by the latest of its receipts, which alone does so.
func (l *leases) delete(ctx context.Context, id string) error {
	l.mu.Lock()
	receipt := l.receipts[id]
	l.mu.Unlock()
	if err := l.queue.delete(ctx, receipt); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receipts[id] = nil
	return nil
}

// active are the receipts of the messages that are hidden.
func (l *leases) active() (receipts []*string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, receipt := range l.receipts {
		if receipt != nil {
			receipts = append(receipts, receipt)
		}
	}
	return receipts
}

// renew keeps the messages hidden until ctx ends.
func (l *leases) renew(ctx context.Context) {
	tick := time.NewTicker(leaseTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = l.changeVisibility(ctx, leaseTime) // the next tick tries again, before they show
		}
	}
}

// changeVisibility sets how long from now on the messages are hidden, ten with each call, and returns the last error.
// An entry that fails alone is one whose lease is lost.
func (l *leases) changeVisibility(ctx context.Context, timeout time.Duration) (last error) {
	for batch := range slices.Chunk(l.active(), queue.MaxBatch) {
		var entries []types.ChangeMessageVisibilityBatchRequestEntry
		for i, receipt := range batch {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: receipt, VisibilityTimeout: int32(timeout / time.Second),
			})
		}
		call, cancel := context.WithTimeout(ctx, callTime)
		_, err := l.queue.client.ChangeMessageVisibilityBatch(call, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &l.queue.url, Entries: entries,
		})
		cancel()
		if last = cmp.Or(err, last); ctx.Err() != nil {
			break
		}
	}
	return last
}
