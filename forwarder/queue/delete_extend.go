package queue

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/jsonread"
)

// callTime limits a call, including its second attempt.
const callTime = 3 * answerTime

// Delete deletes at most MaxBatch messages. It returns an error for each, nil if the message is deleted.
func (q *Queue) Delete(ctx context.Context, messages []Message) []error {
	return q.settle(ctx, "DeleteMessageBatch", "delete from queue", messages, "")
}

// Extend keeps the messages, at most MaxBatch, invisible for timeout, counted from now; 0 makes them visible at once.
// It returns an error for each.
func (q *Queue) Extend(ctx context.Context, messages []Message, timeout time.Duration) []error {
	visibility := `,"VisibilityTimeout":` + strconv.Itoa(int(timeout/time.Second))
	return q.settle(ctx, "ChangeMessageVisibilityBatch", "change visibility", messages, visibility)
}

// settle makes a batch call with an entry for each message; more is JSON that is added to each entry.
func (q *Queue) settle(ctx context.Context, operation, doing string, messages []Message, more string) []error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	body := make([]byte, 0, 512*(1+len(messages))) // a receipt handle has about 410 bytes
	body = append(body, `{"QueueUrl":`...)
	body, _ = jsontext.AppendQuote(body, q.URL)
	body = append(body, `,"Entries":[`...)
	for i := range messages {
		body = append(body, `{"Id":"`...)
		body = append(strconv.AppendInt(body, int64(i), 10), `","ReceiptHandle":`...)
		body, _ = jsontext.AppendQuote(body, messages[i].Receipt)
		body = append(append(body, more...), `},`...)
	}
	body = append(bytes.TrimSuffix(body, []byte(",")), `]}`...)
	answer, err := q.fast.call(ctx, operation, body, 0)
	if err != nil {
		return all(len(messages), fmt.Errorf("%s: %w", doing, err))
	}
	return outcomes(len(messages), doing, answer.text)
}

// outcomes returns the results of the n entries of a batch call, which can succeed while entries fail. Entries that the
// answer leaves out, and all entries if the answer cannot be read, count as failed.
func outcomes(n int, doing string, answer []byte) []error {
	undone := fmt.Errorf("%s: the answer leaves this message out", doing)
	errs := all(n, undone)
	valid := jsonread.Read(answer, func(r *jsonread.Reader) {
		for name := range r.Members() {
			list := string(name)
			if list != "Successful" && list != "Failed" {
				continue
			}
			for range r.Elements() {
				e := readEntry(r)
				i, err := strconv.Atoi(e.id)
				switch {
				case err != nil || i < 0 || i >= n:
				case list == "Successful":
					errs[i] = nil
				default:
					errs[i] = fmt.Errorf("%s: %w", doing, e.failure())
				}
			}
		}
	})
	if !valid {
		return all(n, undone)
	}
	return errs
}

// entry is SQS's result for one entry of a batch.
type entry struct{ id, code, message string }

func readEntry(r *jsonread.Reader) (e entry) {
	for name := range r.Members() {
		switch string(name) {
		case "Id":
			e.id, _ = r.Text()
		case "Code":
			e.code, _ = r.Text()
		case "Message":
			e.message, _ = r.Text()
		}
	}
	return e
}

func (e *entry) failure() error {
	if leaseLost(e.code) {
		return fmt.Errorf("%w: %s", ErrGone, e.code)
	}
	return &smithy.GenericAPIError{Code: e.code, Message: withoutHandles(e.message)}
}

func all(n int, err error) []error { return slices.Repeat([]error{err}, n) }
