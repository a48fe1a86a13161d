package inventory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Cause is a reason why messages became dead letters, and how many of the few that were read have it.
type Cause struct {
	Count int `json:"count"`
	// By is one of the constants below: the receiver refused them, EventBridge could not deliver them, or they were
	// received too often, so that the redrive policy moved them.
	By string `json:"by"`
	// Status and Reason are the receiver's answer, or EventBridge's error.
	Status int    `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// EventType is the type of the first of them, if the forwarder recorded it.
	EventType string `json:"eventType,omitempty"`
}

// What makes a message a dead letter.
const (
	ByReceiver    = "receiver"
	ByEventBridge = "EventBridge"
	ByRedrive     = "redrive policy"
)

// hideTime is how long a dead letter that was read stays invisible if this process dies before it releases it.
const hideTime = 5 // seconds

// Explain sets q.Causes: why messages became dead letters. If that fails, for example because it is not permitted,
// q.Unread is the reason, and the rest of the status is still shown.
func (c *Client) Explain(ctx context.Context, q *Queue) {
	var err error
	if q.Causes, err = c.deadLetterCauses(ctx, q.URL); err != nil {
		q.Unread = err.Error()
	}
}

// deadLetterCauses receives up to ten messages of a queue and releases them immediately.
func (c *Client) deadLetterCauses(ctx context.Context, url string) ([]Cause, error) {
	got, err := c.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, VisibilityTimeout: hideTime,
		WaitTimeSeconds:       1, // a long poll asks every server, so that a few messages are not overlooked
		MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("look at dead letters: %w", err)
	}
	if len(got.Messages) == 0 {
		return nil, nil
	}
	release := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(got.Messages))
	for i, m := range got.Messages {
		release[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle,
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hideTime*time.Second)
	defer cancel()
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: release}
	if _, err := c.SQS.ChangeMessageVisibilityBatch(ctx, in); err != nil {
		return nil, fmt.Errorf("release dead letters, which are hidden for %d s: %w", hideTime, err)
	}
	return grouped(got.Messages), nil
}

// grouped returns the causes of all messages, the most frequent first.
func grouped(messages []types.Message) (all []Cause) {
	for _, m := range messages {
		l := causeOf(m.MessageAttributes)
		same := func(o Cause) bool { return o.By == l.By && o.Status == l.Status && o.Reason == l.Reason }
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i].Count++
		} else {
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b Cause) int { return b.Count - a.Count })
	return all
}

// causeOf reads the attributes that the forwarder or EventBridge writes; a message without them was moved by the
// redrive policy.
func causeOf(attributes map[string]types.MessageAttributeValue) Cause {
	attribute := func(name string) string { return aws.ToString(attributes[name].StringValue) }
	if code := attribute("ERROR_CODE"); code != "" {
		return Cause{Count: 1, By: ByEventBridge, Reason: strings.TrimSuffix(code+": "+attribute("ERROR_MESSAGE"), ": ")}
	}
	if attribute("reason") == "" && attribute("status") == "" {
		return Cause{Count: 1, By: ByRedrive}
	}
	status, _ := strconv.Atoi(attribute("status"))
	return Cause{Count: 1, By: ByReceiver, Status: status, Reason: attribute("reason"), EventType: attribute("event-type")}
}
