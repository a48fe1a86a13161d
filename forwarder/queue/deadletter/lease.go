package deadletter

import (
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
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

const (
	leaseTime = time.Minute      // how long a killed command hides messages at most; a running one renews it
	callTime  = 20 * time.Second // how long one call with its retries may take; Ctrl-C waits for it
)

// receive leases messages and returns those that were not received before. SQS may return a message again, even a
// deleted one, which is then deleted again. The call is not cancelled when ctx ends: the messages of a lost answer
// would stay hidden.
func (q *sqsQueue) receive(ctx context.Context) (fresh []*Message, err error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	got, err := q.client.ReceiveMessage(call, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: queue.MaxBatch,
		WaitTimeSeconds:   1, // a long poll, which asks all of SQS's servers
		VisibilityTimeout: int32(leaseTime / time.Second), MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", q.name, err)
	}
	for _, received := range got.Messages {
		m := newMessage(q, received)
		_, isHidden := q.receipts.Swap(m.ID, received.ReceiptHandle)
		_, isDeleted := q.deleted.Load(m.ID)
		switch {
		case isDeleted:
			_ = deleteMessage(ctx, m) // if that fails, it is released and comes again
		case !isHidden:
			fresh = append(fresh, m)
		}
	}
	return fresh, nil
}

// deleteMessage deletes the message with its latest receipt handle, the only one that works. Once started, it is not
// interrupted.
func deleteMessage(ctx context.Context, m *Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	latest, _ := m.from.receipts.Load(m.ID)
	receipt, _ := latest.(*string)
	_, err := m.from.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &m.from.url, ReceiptHandle: receipt})
	if err != nil {
		return fmt.Errorf("event %s is still in the dead-letter queue: delete from %s: %w", m.EventID, m.Queue, err)
	}
	m.from.receipts.Delete(m.ID)
	m.from.deleted.Store(m.ID, true)
	return nil
}

// hidden returns the receipt handles of the messages that are hidden.
func (q *sqsQueue) hidden() (receipts []*string) {
	for _, receipt := range q.receipts.Range {
		receipts = append(receipts, receipt.(*string))
	}
	return receipts
}

// keepHidden keeps the received messages hidden while do runs, and releases them afterwards, even if ctx has ended.
func (q *sqsQueue) keepHidden(ctx context.Context, do func() error) error {
	ctx = context.WithoutCancel(ctx)
	renewing, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() {
		for tick := time.Tick(leaseTime / 3); ; {
			select {
			case <-renewing.Done():
				return
			case <-tick:
				_ = q.changeVisibility(renewing, leaseTime) // the next tick tries again, before they are visible
			}
		}
	})
	err := do()
	stop()
	background.Wait()
	defer q.receipts.Clear()
	releasing, cancel := context.WithTimeout(ctx, leaseTime) // then they become visible by themselves
	defer cancel()
	if failed := q.changeVisibility(releasing, 0); failed != nil {
		return errors.Join(err, fmt.Errorf("release messages of %s: %w: those that are left become visible again within %s",
			q.name, failed, leaseTime))
	}
	return err
}

// changeVisibility hides the messages for timeout, counted from now, ten with each call, and returns the first error.
// Entries that fail in a call that succeeds have lost their leases; they are ignored.
func (q *sqsQueue) changeVisibility(ctx context.Context, timeout time.Duration) error {
	var calls errgroup.Group
	calls.SetLimit(maxConcurrent)
	for batch := range slices.Chunk(q.hidden(), queue.MaxBatch) {
		in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url}
		for i, receipt := range batch {
			in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: receipt, VisibilityTimeout: int32(timeout / time.Second),
			})
		}
		calls.Go(func() error {
			call, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			_, err := q.client.ChangeMessageVisibilityBatch(call, in)
			return err
		})
	}
	return calls.Wait()
}
