package stack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrictypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Depth is how full a queue is. SQS counts approximately.
type Depth struct {
	Queue    string `json:"queue"`
	URL      string `json:"url"`
	Visible  int    `json:"visible"`
	InFlight int    `json:"inFlight"`
	Delayed  int    `json:"delayed"`
	// OldestSeconds is the age of the oldest message, or nothing when CloudWatch has not measured it lately.
	OldestSeconds *int `json:"oldestSeconds"`
	// Letters are the causes of some of its messages, if they are dead letters; Unread is why they could not be looked at.
	Letters []Letters `json:"letters,omitempty"`
	Unread  string    `json:"unread,omitempty"`
}

// look finds out why dead letters are there. Without the right to, the rest of the status is no less useful.
func (d *Depth) look(ctx context.Context, c *cloud) {
	var err error
	if d.Letters, err = c.peek(ctx, d.URL); err != nil {
		d.Unread = err.Error()
	}
}

func (c *cloud) depth(ctx context.Context, name, url string) (Depth, error) {
	d, err := c.messages(ctx, name, url)
	if err == nil && d.URL != "" {
		d.OldestSeconds = c.oldest(ctx, name)
	}
	return d, err
}

// messages counts what is in a queue. One that is not there has no URL.
func (c *cloud) messages(ctx context.Context, name, url string) (Depth, error) {
	d := Depth{Queue: name, URL: url}
	got, err := c.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}})
	if missing := new(types.QueueDoesNotExist); errors.As(err, &missing) {
		return Depth{}, nil // the drift says so
	}
	if err != nil {
		return d, fmt.Errorf("ask how full the queue %s is: %w", name, err)
	}
	number := func(name types.QueueAttributeName) int {
		n, _ := strconv.Atoi(got.Attributes[string(name)])
		return n
	}
	d.Visible = number(types.QueueAttributeNameApproximateNumberOfMessages)
	d.InFlight = number(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	d.Delayed = number(types.QueueAttributeNameApproximateNumberOfMessagesDelayed)
	return d, nil
}

// oldest asks CloudWatch, which alone knows. Without a measurement, or the right to read it, the age is unknown, and
// the rest of the status no less useful.
func (c *cloud) oldest(ctx context.Context, queue string) *int {
	const period = 5 * time.Minute // SQS reports at most that late
	now := time.Now()
	got, err := c.metrics.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/SQS"), MetricName: aws.String("ApproximateAgeOfOldestMessage"),
		Dimensions: []metrictypes.Dimension{{Name: aws.String("QueueName"), Value: &queue}},
		StartTime:  aws.Time(now.Add(-2 * period)), EndTime: &now,
		Period: aws.Int32(60), Statistics: []metrictypes.Statistic{metrictypes.StatisticMaximum},
	})
	if err != nil || len(got.Datapoints) == 0 {
		return nil
	}
	newest := got.Datapoints[0]
	for _, p := range got.Datapoints {
		if p.Timestamp.After(*newest.Timestamp) {
			newest = p
		}
	}
	return aws.Int(int(aws.ToFloat64(newest.Maximum)))
}
