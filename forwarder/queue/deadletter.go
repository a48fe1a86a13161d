package queue

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// DeadLetter puts a copy of the message into the dead-letter queue, with why as message attributes (name to text; empty ones
// are left out; SQS takes ten). The message itself still has to be deleted.
func (q *Queue) DeadLetter(ctx context.Context, m *Message, why map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	input := &sqs.SendMessageInput{
		QueueUrl: &q.DeadLetterURL, MessageBody: &m.Body, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, text := range why {
		if text != "" {
			input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &text}
		}
	}
	if m.Trace != "" {
		input.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: &m.Trace},
		}
	}
	if strings.HasSuffix(q.DeadLetterURL, ".fifo") {
		// The message id stands for the message: a second try within five minutes is not a second dead letter.
		input.MessageDeduplicationId, input.MessageGroupId = &m.ID, &m.Group
		if m.Group == "" {
			input.MessageGroupId = &m.ID
		}
	}
	if _, err := q.client.SendMessage(ctx, input, once); err != nil {
		return fmt.Errorf("send to dead-letter queue: %w", err)
	}
	return nil
}
