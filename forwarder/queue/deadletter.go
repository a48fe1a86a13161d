package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxMessage is what a message may weigh, body and attributes together (quota of SQS: 1 MiB).
const maxMessage = 1 << 20

// DeadLetter puts a copy of the message into the dead-letter queue, with why as message attributes (name to text; empty ones
// and those that no longer fit are left out; SQS takes ten). The message itself still has to be deleted.
func (q *Queue) DeadLetter(ctx context.Context, m *Message, why map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	input := &sqs.SendMessageInput{
		QueueUrl: &q.DeadLetterURL, MessageBody: aws.String(string(m.Body)), MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	room := maxMessage - len(m.Body)
	for _, name := range slices.Sorted(maps.Keys(why)) {
		text := legal(why[name])
		if size := len(name) + len("String") + len(text); text != "" && size <= room {
			input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &text}
			room -= size
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

// legal keeps the characters that SQS takes in an attribute, and the first thousand bytes.
func legal(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r == 0xfffe || r == 0xffff || (r < ' ' && r != '\t' && r != '\n' && r != '\r') {
			return '?'
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), 1000)], "")
}
