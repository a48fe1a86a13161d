package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ErrGone says that a message is no longer ours: its visibility timeout has ended, or it has been deleted.
var ErrGone = errors.New("message is no longer held")

const callTime = 10 * time.Second

// Delete deletes at most MaxBatch messages. It returns an error for each, nil where the message is deleted.
func (q *Queue) Delete(ctx context.Context, messages []Message) []error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
	for i := range messages {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: entryID(i), ReceiptHandle: &messages[i].Receipt}
	}
	answer, err := q.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries}, once)
	if err != nil {
		return all(len(messages), fmt.Errorf("delete from queue: %w", err))
	}
	return outcomes(len(messages), "delete from queue", answer.Failed, func(done func(*string)) {
		for i := range answer.Successful {
			done(answer.Successful[i].Id)
		}
	})
}

// Extend lets at most MaxBatch messages stay invisible for timeout from now on; 0 gives them back. It returns an error for each.
func (q *Queue) Extend(ctx context.Context, messages []Message, timeout time.Duration) []error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(messages))
	for i := range messages {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: entryID(i), ReceiptHandle: &messages[i].Receipt, VisibilityTimeout: int32(timeout / time.Second),
		}
	}
	answer, err := q.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.URL, Entries: entries}, once)
	if err != nil {
		return all(len(messages), fmt.Errorf("change visibility: %w", err))
	}
	return outcomes(len(messages), "change visibility", answer.Failed, func(done func(*string)) {
		for i := range answer.Successful {
			done(answer.Successful[i].Id)
		}
	})
}

func entryID(i int) *string { return aws.String(strconv.Itoa(i)) }

func all(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// outcomes tells the entries of a batch apart: the call can succeed while entries fail, and an entry that the answer does not
// name has not been done.
func outcomes(n int, doing string, failed []types.BatchResultErrorEntry, successful func(done func(*string))) []error {
	errs := all(n, fmt.Errorf("%s: the answer leaves this message out", doing))
	put := func(id *string, err error) {
		if i, bad := strconv.Atoi(aws.ToString(id)); bad == nil && i >= 0 && i < n {
			errs[i] = err
		}
	}
	successful(func(id *string) { put(id, nil) })
	for i := range failed {
		f := &failed[i]
		err := fmt.Errorf("%s: %s: %s", doing, aws.ToString(f.Code), aws.ToString(f.Message))
		if f.SenderFault {
			err = fmt.Errorf("%w (%w)", ErrGone, err)
		}
		put(f.Id, err)
	}
	return errs
}
