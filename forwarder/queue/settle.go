package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/scan"
)

// ErrGone says that a message is no longer ours: its visibility timeout has ended, or it has been deleted.
var ErrGone = errors.New("message is no longer held")

const callTime = 10 * time.Second

// Delete deletes at most MaxBatch messages. It returns an error for each, nil where the message is deleted.
func (q *Queue) Delete(ctx context.Context, messages []Message) []error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	size := 64 + len(q.URL)
	for i := range messages {
		size += 32 + len(messages[i].Receipt)
	}
	body := append(make([]byte, 0, size), `{"QueueUrl":`...)
	body = append(scan.AppendString(body, q.URL), `,"Entries":[`...)
	for i := range messages {
		body = append(body, `{"Id":"`...)
		body = append(strconv.AppendInt(body, int64(i), 10), `","ReceiptHandle":`...)
		body = append(scan.AppendString(body, messages[i].Receipt), `},`...)
	}
	body = append(bytes.TrimSuffix(body, []byte(",")), `]}`...)
	answer, err := q.wire.call(ctx, "DeleteMessageBatch", body)
	if err != nil {
		return all(len(messages), fmt.Errorf("delete from queue: %w", err))
	}
	return outcomes(len(messages), "delete from queue", readOutcomes(answer))
}

// readOutcomes reads what a batch call says of its entries. What cannot be read has not been done.
func readOutcomes(answer []byte) (entries []entry) {
	r := scan.New(answer)
	for name := range r.Members() {
		list := string(name)
		if list != "Successful" && list != "Failed" {
			continue
		}
		for range r.Elements() {
			e := entry{done: list == "Successful"}
			for name := range r.Members() {
				switch string(name) {
				case "Id":
					e.id, _ = r.Text()
				case "Code":
					e.code, _ = r.Text()
				case "Message":
					e.message, _ = r.Text()
				case "SenderFault":
					e.ours = string(r.Raw()) == "true"
				}
			}
			entries = append(entries, e)
		}
	}
	if !r.End() {
		return nil
	}
	return entries
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
	results := make([]entry, 0, len(messages))
	for i := range answer.Successful {
		results = append(results, entry{id: aws.ToString(answer.Successful[i].Id), done: true})
	}
	for i := range answer.Failed {
		f := &answer.Failed[i]
		results = append(results, entry{id: aws.ToString(f.Id), code: aws.ToString(f.Code), message: aws.ToString(f.Message), ours: f.SenderFault})
	}
	return outcomes(len(messages), "change visibility", results)
}

// entry is what SQS says of one entry of a batch.
type entry struct {
	id, code, message string
	done              bool
	ours              bool // the fault is the sender's: the receipt handle no longer counts
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
func outcomes(n int, doing string, entries []entry) []error {
	errs := all(n, fmt.Errorf("%s: the answer leaves this message out", doing))
	for _, e := range entries {
		i, err := strconv.Atoi(e.id)
		if err != nil || i < 0 || i >= n {
			continue
		}
		switch {
		case e.done:
			errs[i] = nil
		case e.ours:
			errs[i] = fmt.Errorf("%s: %w: %s: %s", doing, ErrGone, e.code, e.message)
		default:
			errs[i] = fmt.Errorf("%s: %s: %s", doing, e.code, e.message)
		}
	}
	return errs
}
