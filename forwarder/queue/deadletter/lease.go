package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// leases holds the messages of one queue that are hidden from others now, and those that were deleted.
type leases struct {
	queue    *queueInfo
	receipts sync.Map // by message id; a nil *string for a deleted message
}

// receive leases messages and returns those that were not received before. SQS may return a message again, even a
// deleted one, which is then deleted again. The call is not cancelled when ctx ends: the messages of a lost answer
// would stay hidden.
func (l *leases) receive(ctx context.Context) (fresh []*Message, err error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	got, err := l.queue.client.ReceiveMessage(call, &sqs.ReceiveMessageInput{
		QueueUrl: &l.queue.url, MaxNumberOfMessages: queue.MaxBatch,
		WaitTimeSeconds:   1, // a long poll, which asks all of SQS's servers
		VisibilityTimeout: int32(leaseTime / time.Second), MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", l.queue.name, err)
	}
	for _, m := range got.Messages {
		id := aws.ToString(m.MessageId)
		receipt, known := l.receipts.Swap(id, m.ReceiptHandle)
		switch {
		case !known:
			fresh = append(fresh, newMessage(l.queue.name, m))
		case receipt == (*string)(nil):
			_ = l.delete(ctx, id) // if that fails, it is released and comes again
		}
	}
	return fresh, nil
}

// delete deletes a message with its latest receipt handle, the only one that works. Once started, it is not
// interrupted.
func (l *leases) delete(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	latest, _ := l.receipts.Load(id)
	receipt, _ := latest.(*string)
	_, err := l.queue.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &l.queue.url, ReceiptHandle: receipt})
	if err != nil {
		return fmt.Errorf("delete from %s: %w", l.queue.name, err)
	}
	l.receipts.Store(id, (*string)(nil))
	return nil
}

// remove deletes a message that was handled.
func (l *leases) remove(ctx context.Context, m *Message) error {
	if err := l.delete(ctx, m.ID); err != nil {
		return fmt.Errorf("event %s is still in the dead-letter queue: %w", m.EventID, err)
	}
	return nil
}

// active returns the receipt handles of the messages that are hidden.
func (l *leases) active() (receipts []*string) {
	for _, receipt := range l.receipts.Range {
		if receipt, _ := receipt.(*string); receipt != nil {
			receipts = append(receipts, receipt)
		}
	}
	return receipts
}

// keepHidden keeps the messages hidden while do runs, and releases them afterwards, even if ctx has ended.
func (l *leases) keepHidden(ctx context.Context, do func() error) error {
	ctx = context.WithoutCancel(ctx)
	renewing, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { l.renew(renewing) })
	err := do()
	stop()
	background.Wait()
	releasing, cancel := context.WithTimeout(ctx, leaseTime) // after which they become visible by themselves
	defer cancel()
	if failed := l.changeVisibility(releasing, 0); failed != nil {
		failed = fmt.Errorf("release messages of %s: %w: those that are left become visible again within %s",
			l.queue.name, failed, leaseTime)
		return errors.Join(err, failed)
	}
	return err
}

func (l *leases) renew(ctx context.Context) {
	tick := time.Tick(leaseTime / 3)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			_ = l.changeVisibility(ctx, leaseTime) // the next tick tries again, before they are visible
		}
	}
}

// changeVisibility hides the messages for timeout, counted from now, ten with each call, and returns the last error.
// Entries that fail in a call that succeeds have lost their leases; they are ignored.
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
