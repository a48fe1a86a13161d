package deadletter

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// send puts the message, as it was before it became a dead letter, into a queue, and returns its id there.
func (q *queueInfo) send(ctx context.Context, m *Message) (id string, err error) {
	in := &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: m.message.Body, MessageAttributes: m.ownAttributes()}
	if trace := m.message.Attributes["AWSTraceHeader"]; trace != "" {
		in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {
				DataType: aws.String("String"), StringValue: &trace,
			},
		}
	}
	if q.fifo {
		// The deduplication id that it had would make SQS take it and drop it within five minutes of the first time. Every
		// dead letter is a message of its own, and the same one is sent once, also when this was killed and continues.
		in.MessageDeduplicationId = aws.String("redrive-" + m.ID)
		in.MessageGroupId = aws.String(m.group())
	}
	sent, err := q.client.SendMessage(ctx, in)
	if err != nil {
		return "", fmt.Errorf("send event %s to %s: %w", m.EventID, q.name, err)
	}
	return aws.ToString(sent.MessageId), nil
}

// group is the message group. EventBridge's own dead letters have none: there is a group for each source of events.
func (m *Message) group() string {
	if group := m.message.Attributes["MessageGroupId"]; group != "" {
		return group
	}
	if validGroup.MatchString(m.EventType) {
		return m.EventType
	}
	return m.ID
}

// validGroup is part of what SQS takes: all that names of services are made of.
var validGroup = regexp.MustCompile(`^[A-Za-z0-9._:/@+-]{1,128}$`)
