package tail

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

// ErrGone is returned when the queue has been removed under the look, as down does.
var ErrGone = errors.New("the queue of this look is gone: was the stack taken down?")

// heartbeatEvery is how often a tail says that its process lives.
const heartbeatEvery = time.Minute

// Message is one event, as EventBridge put it into the queue.
type Message struct {
	ID, Body string
	Sent     time.Time
}

// Receive waits for events, and takes those that it returns out of the queue. It blocks until some come, ctx ends, or
// nothing has come for 20 seconds.
func (t *Tail) Receive(ctx context.Context) ([]Message, error) {
	got, err := t.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &t.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if missing := new(types.QueueDoesNotExist); errors.As(err, &missing) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", t.name, err)
	}
	if len(got.Messages) == 0 {
		return nil, nil
	}
	var out []Message
	var entries []types.DeleteMessageBatchRequestEntry
	for i, m := range got.Messages {
		milliseconds, _ := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
		out = append(out, Message{
			ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), Sent: time.UnixMilli(milliseconds),
		})
		entries = append(entries, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle,
		})
	}
	// What is not deleted is shown twice, which does no harm.
	_, _ = t.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &t.url, Entries: entries})
	return out, nil
}

// Heartbeat says each minute that the process lives, until ctx ends.
func (t *Tail) Heartbeat(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			alive := &sqs.TagQueueInput{QueueUrl: &t.url, Tags: map[string]string{heartbeatTag: now()}}
			_, _ = t.SQS.TagQueue(ctx, alive) // five in a row may fail
		}
	}
}
