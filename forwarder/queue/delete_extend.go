package queue

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// callTime limits a call, including its second attempt.
const callTime = 3 * answerTime

// Delete deletes at most MaxBatch messages. It returns an error for each, nil if the message is deleted.
func (q *Queue) Delete(ctx context.Context, messages []Message) []error {
	return q.batchCall(ctx, "DeleteMessageBatch", "delete from queue", messages, "")
}

// Extend keeps the messages, at most MaxBatch, invisible for timeout, counted from now; 0 makes them visible at once.
// It returns an error for each.
func (q *Queue) Extend(ctx context.Context, messages []Message, timeout time.Duration) []error {
	visibility := `,"VisibilityTimeout":` + strconv.Itoa(int(timeout/time.Second))
	return q.batchCall(ctx, "ChangeMessageVisibilityBatch", "change visibility", messages, visibility)
}

// batchCall makes a batch call with an entry for each message; more is JSON that is added to each entry.
func (q *Queue) batchCall(ctx context.Context, operation, doing string, messages []Message, more string) []error {
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
		return slices.Repeat([]error{fmt.Errorf("%s: %w", doing, err)}, len(messages))
	}
	return outcomes(len(messages), doing, answer.text)
}

// outcomes returns the results of the n entries of a batch call, which can succeed while entries fail. Entries that the
// answer leaves out, and all entries if the answer cannot be read, count as failed.
func outcomes(n int, doing string, text []byte) []error {
	errs := slices.Repeat([]error{fmt.Errorf("%s: the answer leaves this message out", doing)}, n)
	var answer struct {
		Successful, Failed []struct {
			ID            string `json:"Id"`
			Code, Message string
		}
	}
	if json.Unmarshal(text, &answer) != nil {
		return errs
	}
	set := func(id string, result error) {
		if i, err := strconv.Atoi(id); err == nil && i >= 0 && i < n {
			errs[i] = result
		}
	}
	for _, e := range answer.Successful {
		set(e.ID, nil)
	}
	for _, e := range answer.Failed {
		set(e.ID, fmt.Errorf("%s: %w", doing, entryError(e.Code, e.Message)))
	}
	return errs
}

func entryError(code, message string) error {
	// After every other code a retry may succeed, even after those that SQS calls the sender's fault: throttling is one of
	// them.
	lost := []string{"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "InvalidIdFormat"}
	if slices.Contains(lost, plainCode(code)) {
		return fmt.Errorf("%w: %s", ErrLeaseLost, code)
	}
	return &smithy.GenericAPIError{Code: code, Message: withoutHandles(message)}
}
