package stack

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

// Letters are dead letters of one cause, among the few that were looked at.
type Letters struct {
	Count int `json:"count"`
	// By is who set them aside: the receiver refused them, EventBridge could not deliver them, or they were received too
	// often.
	By string `json:"by"`
	// Status and Reason are the receiver's answer, or EventBridge's error.
	Status int    `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// EventType is that of the first of them, where the forwarder noted it.
	EventType string `json:"eventType,omitempty"`
}

// Who sets dead letters aside.
const (
	ByReceiver    = "receiver"
	ByEventBridge = "EventBridge"
	ByRedrive     = "redrive policy"
)

// hideTime is how long a letter that is looked at stays hidden if this process dies before it gives it back.
const hideTime = 5 // seconds

// peek looks at up to ten messages of a queue and gives them back at once.
func (c *cloud) peek(ctx context.Context, url string) ([]Letters, error) {
	got, err := c.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, VisibilityTimeout: hideTime,
		WaitTimeSeconds:       1, // a long poll asks every server, so that a few letters are not overlooked
		MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("look at dead letters: %w", err)
	}
	if len(got.Messages) == 0 {
		return nil, nil
	}
	back := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(got.Messages))
	for i, m := range got.Messages {
		back[i] = types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hideTime*time.Second)
	defer cancel()
	if _, err := c.sqs.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: back}); err != nil {
		return nil, fmt.Errorf("give dead letters back, which are hidden for %d s: %w", hideTime, err)
	}
	return grouped(got.Messages), nil
}

// grouped are the causes, the commonest first.
func grouped(messages []types.Message) (all []Letters) {
	for _, m := range messages {
		l := letter(m.MessageAttributes)
		same := func(o Letters) bool { return o.By == l.By && o.Status == l.Status && o.Reason == l.Reason }
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i].Count++
		} else {
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b Letters) int { return b.Count - a.Count })
	return all
}

// letter reads the attributes that the forwarder writes, or EventBridge; a message without them came by the redrive
// policy.
func letter(attributes map[string]types.MessageAttributeValue) Letters {
	say := func(name string) string { return aws.ToString(attributes[name].StringValue) }
	if code := say("ERROR_CODE"); code != "" {
		return Letters{Count: 1, By: ByEventBridge, Reason: strings.TrimSuffix(code+": "+say("ERROR_MESSAGE"), ": ")}
	}
	if say("reason") == "" && say("status") == "" {
		return Letters{Count: 1, By: ByRedrive}
	}
	status, _ := strconv.Atoi(say("status"))
	return Letters{Count: 1, By: ByReceiver, Status: status, Reason: say("reason"), EventType: say("event-type")}
}
