package deadletter

import (
	"cmp"
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// send puts the message, as it was before it became a dead letter, into a queue, and returns its id there. Once
// started, it is not interrupted.
func (q *sqsQueue) send(ctx context.Context, m *Message) (id string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	// With its original deduplication id, SQS would accept but drop the message within five minutes of the first send.
	// With the id of the dead letter, each dead letter is sent once, even if the command is killed and run again.
	deduplicationID := "redrive-" + m.ID
	// Dead letters of EventBridge have no message group: they get one named after their event type or, if SQS would not
	// accept that, after the message id.
	group := m.ID
	if validGroup.MatchString(m.EventType) {
		group = m.EventType
	}
	group = cmp.Or(m.message.Attributes["MessageGroupId"], group)
	trace := m.message.Attributes["AWSTraceHeader"]
	sent, err := q.client.SendMessage(
		ctx, queue.NewSend(q.url, m.Body(), m.ownAttributes(), trace, group, deduplicationID),
	)
	if err != nil {
		return "", fmt.Errorf("send event %s to %s: %w", m.EventID, q.name, err)
	}
	return aws.ToString(sent.MessageId), nil
}

// validGroup matches some of the group names that SQS accepts, including every name of an AWS service.
var validGroup = regexp.MustCompile(`^[A-Za-z0-9._:/@+-]{1,128}$`)
