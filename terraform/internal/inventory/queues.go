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

// Queue has the approximate numbers of messages in a queue, as SQS counts them.
type Queue struct {
	Queue    string `json:"queue"`
	URL      string `json:"url"`
	Visible  int    `json:"visible"`
	InFlight int    `json:"inFlight"`
	Delayed  int    `json:"delayed"`
	// OldestSeconds is the age of the oldest message, or nil if CloudWatch has not measured it recently.
	OldestSeconds *int `json:"oldestSeconds"`
}

// Total returns the number of its messages.
func (q Queue) Total() int { return q.Visible + q.InFlight + q.Delayed }

// Count returns how many messages a queue holds. If the queue does not exist, the result has no URL.
func (c *Client) Count(ctx context.Context, name, url string) (Queue, error) {
	all := []types.QueueAttributeName{types.QueueAttributeNameAll}
	got, err := c.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: all})
	if isMissing(err) {
		return Queue{}, nil
	}
	if err != nil {
		return Queue{}, fmt.Errorf("count the messages in the queue %s: %w", name, err)
	}
	number := func(messages string) int {
		n, _ := strconv.Atoi(got.Attributes["ApproximateNumberOf"+messages])
		return n
	}
	return Queue{
		Queue: name, URL: url,
		Visible: number("Messages"), InFlight: number("MessagesNotVisible"), Delayed: number("MessagesDelayed"),
	}, nil
}

// KeyTrouble returns why EventBridge cannot use the key of a queue, or "" if no reason is known.
func (c *Client) KeyTrouble(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	if strings.HasSuffix(key, "alias/aws/sqs") {
		return "it is the AWS managed key, which EventBridge cannot use"
	}
	got, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	if err != nil || got.KeyMetadata == nil || got.KeyMetadata.KeyState == "Enabled" {
		return ""
	}
	return "its state is " + string(got.KeyMetadata.KeyState)
}
