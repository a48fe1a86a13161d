package inventory

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Queue is how full a queue is. SQS counts approximately.
type Queue struct {
	Queue    string `json:"queue"`
	URL      string `json:"url"`
	Visible  int    `json:"visible"`
	InFlight int    `json:"inFlight"`
	Delayed  int    `json:"delayed"`
	// OldestSeconds is the age of the oldest message, or nothing when CloudWatch has not measured it lately.
	OldestSeconds *int `json:"oldestSeconds"`
	// Causes are those of some of its messages, if they are dead letters; Unread is why they could not be looked at.
	Causes []Cause `json:"letters,omitempty"`
	Unread string  `json:"unread,omitempty"`
}

// Total is the number of its messages.
func (q Queue) Total() int { return q.Visible + q.InFlight + q.Delayed }

// Measure is how full a queue is, and how old its oldest message.
func (c *Client) Measure(ctx context.Context, name, url string) (Queue, error) {
	q, err := c.Count(ctx, name, url)
	if err == nil && q.URL != "" {
		q.OldestSeconds = c.oldest(ctx, name)
	}
	return q, err
}

// Count counts what is in a queue. One that is not there has no URL.
func (c *Client) Count(ctx context.Context, name, url string) (Queue, error) {
	q := Queue{Queue: name, URL: url}
	got, err := c.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url,
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages,
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		},
	})
	if isMissing(err) {
		return Queue{}, nil
	}
	if err != nil {
		return q, fmt.Errorf("ask how full the queue %s is: %w", name, err)
	}
	number := func(name types.QueueAttributeName) int {
		n, _ := strconv.Atoi(got.Attributes[string(name)])
		return n
	}
	q.Visible = number(types.QueueAttributeNameApproximateNumberOfMessages)
	q.InFlight = number(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	q.Delayed = number(types.QueueAttributeNameApproximateNumberOfMessagesDelayed)
	return q, nil
}

// KeyProblem is why EventBridge may not use a queue's key, as far as that can be seen.
func (c *Client) KeyProblem(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	if strings.HasSuffix(key, "alias/aws/sqs") {
		return "it is AWS's own, which EventBridge may not use"
	}
	got, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	if err != nil || got.KeyMetadata == nil || got.KeyMetadata.KeyState == "Enabled" {
		return ""
	}
	return "its state is " + string(got.KeyMetadata.KeyState)
}
