package inventory

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// The times over which a status adds up the metrics of queues and of rules.
const (
	queueSpan = 15 * time.Minute
	ruleSpan  = 24 * time.Hour
)

// QueueSum adds up a metric of a queue over the last 15 minutes. It returns nil if there is no measurement.
func (c *Client) QueueSum(ctx context.Context, metric, queue string) *int {
	points, err := c.metric(ctx, "AWS/SQS", metric, "QueueName", queue, types.StatisticSum, queueSpan, queueSpan)
	return total(points, err)
}

// RuleSum adds up a metric of a rule over the last day. EventBridge reports a metric only if something happens, so no
// data means 0. An emulator may have no metrics at all; then the result is nil.
func (c *Client) RuleSum(ctx context.Context, metric, rule string) *int {
	points, err := c.metric(ctx, "AWS/Events", metric, "RuleName", rule, types.StatisticSum, ruleSpan, ruleSpan)
	if err == nil && len(points) == 0 && c.Endpoint == "" {
		return aws.Int(0)
	}
	return total(points, err)
}

// oldest returns the age of the oldest message of a queue, which only CloudWatch measures. If there is no measurement,
// or reading it is not permitted, the result is nil, and the rest of the status is still shown.
func (c *Client) oldest(ctx context.Context, queue string) *int {
	const metric, late = "ApproximateAgeOfOldestMessage", 10 * time.Minute
	points, err := c.metric(ctx, "AWS/SQS", metric, "QueueName", queue, types.StatisticMaximum, late, time.Minute)
	if err != nil || len(points) == 0 {
		return nil
	}
	newest := points[0]
	for _, p := range points {
		if p.Timestamp.After(*newest.Timestamp) {
			newest = p
		}
	}
	return aws.Int(int(aws.ToFloat64(newest.Maximum)))
}

func (c *Client) metric(
	ctx context.Context, namespace, metric, dimension, name string, statistic types.Statistic, span, period time.Duration,
) ([]types.Datapoint, error) {
	now := time.Now()
	got, err := c.metrics.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &metric,
		Dimensions: []types.Dimension{{Name: &dimension, Value: &name}},
		StartTime:  aws.Time(now.Add(-span)), EndTime: &now,
		Period: aws.Int32(int32(period / time.Second)), Statistics: []types.Statistic{statistic},
	})
	if err != nil {
		return nil, err
	}
	return got.Datapoints, nil
}

func total(points []types.Datapoint, err error) *int {
	if err != nil || len(points) == 0 {
		return nil
	}
	sum := 0.0
	for _, p := range points {
		sum += aws.ToFloat64(p.Sum)
	}
	return aws.Int(int(sum))
}
