package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Message is one received message. It stays ours until the visibility timeout ends, counted from Received.
type Message struct {
	ID       string
	Receipt  string // of this receive; only the latest one settles the message
	Body     string
	Group    string // message group of a FIFO queue
	Trace    string // AWSTraceHeader
	Receives int    // receive count, this one included
	Sent     time.Time
	Received time.Time
}

var systemAttributes = []types.MessageSystemAttributeName{
	types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
	types.MessageSystemAttributeNameMessageGroupId, types.MessageSystemAttributeNameAWSTraceHeader,
}

// answerTime is what an answer may take beyond the long poll. When it passes, messages of a lost answer stay invisible until
// their visibility timeout ends, so it is generous.
const answerTime = 30 * time.Second

// Receive asks for at most limit messages (1 to MaxBatch) and waits for the first of them at most wait, in whole seconds.
// It does not try again by itself.
func (q *Queue) Receive(ctx context.Context, limit int, wait time.Duration) ([]Message, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+answerTime)
	defer cancel()
	answer, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.URL, MaxNumberOfMessages: int32(limit), WaitTimeSeconds: int32(wait / time.Second),
		MessageSystemAttributeNames: systemAttributes,
	}, once)
	if err != nil {
		return nil, fmt.Errorf("receive from queue: %w", err)
	}
	now := time.Now()
	messages := make([]Message, len(answer.Messages))
	for i := range answer.Messages {
		m := &answer.Messages[i]
		receives, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		messages[i] = Message{
			ID: aws.ToString(m.MessageId), Receipt: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Group: m.Attributes["MessageGroupId"], Trace: m.Attributes["AWSTraceHeader"],
			Receives: receives, Sent: milliseconds(m.Attributes["SentTimestamp"], now), Received: now,
		}
	}
	return messages, nil
}

func milliseconds(text string, fallback time.Time) time.Time {
	since, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fallback
	}
	return time.UnixMilli(since).UTC()
}
