package inventory

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// QueueSum adds up a metric of a queue over the last 15 minutes. It returns nil if there is no measurement.
func (c *Client) QueueSum(ctx context.Context, metric, queue string) *int {
	points, err := c.measured(ctx, "AWS/SQS", metric, dimension("QueueName", queue), 15*time.Minute, 15*time.Minute)
	if err != nil || len(points) == 0 {
		return nil
	}
	return sum(points)
}

// RuleSum adds up a metric of a rule over the last day. EventBridge reports a metric only if something happens, so no
// data means 0. An emulator may have no metrics at all; then the result is nil.
func (c *Client) RuleSum(ctx context.Context, metric, bus, rule string) *int {
	dimensions := dimension("RuleName", rule)
	if bus != DefaultBus {
		dimensions = append(dimensions, dimension("EventBusName", bus)...)
	}
	points, err := c.measured(ctx, "AWS/Events", metric, dimensions, 24*time.Hour, 24*time.Hour)
	if err != nil || len(points) == 0 && c.Endpoint != "" {
		return nil
	}
	return sum(points)
}

func sum(points []types.Datapoint) *int {
	total := 0.0
	for _, p := range points {
		total += aws.ToFloat64(p.Sum)
	}
	return aws.Int(int(total))
}

// Oldest returns the age of the oldest message of a queue in seconds, which only CloudWatch measures. If there is no
// measurement, or reading it is not permitted, the result is nil, and the rest of the status is still shown.
func (c *Client) Oldest(ctx context.Context, queue string) *int {
	const metric = "ApproximateAgeOfOldestMessage"
	points, err := c.measured(ctx, "AWS/SQS", metric, dimension("QueueName", queue), 10*time.Minute, time.Minute)
	if err != nil || len(points) == 0 {
		return nil
	}
	newest := slices.MaxFunc(points, func(a, b types.Datapoint) int { return a.Timestamp.Compare(*b.Timestamp) })
	return aws.Int(int(aws.ToFloat64(newest.Maximum)))
}

func dimension(name, value string) []types.Dimension {
	return []types.Dimension{{Name: &name, Value: &value}}
}

// measured returns the measurements of a metric in the last time span, one for each period.
func (c *Client) measured(
	ctx context.Context, namespace, metric string, dimensions []types.Dimension, span, period time.Duration,
) ([]types.Datapoint, error) {
	now := time.Now()
	got, err := c.metrics.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &metric, Dimensions: dimensions,
		StartTime: aws.Time(now.Add(-span)), EndTime: &now, Period: aws.Int32(int32(period / time.Second)),
		Statistics: []types.Statistic{types.StatisticSum, types.StatisticMaximum},
	})
	if err != nil {
		return nil, err
	}
	return got.Datapoints, nil
}
