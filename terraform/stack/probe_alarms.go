package stack

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (c *cloud) findAlarm(ctx context.Context, name string) (*existing, error) {
	// Of metric alarms alone: to be told of composite ones takes a permission on every alarm of the account.
	alarms, err := c.metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
	})
	if err != nil || len(alarms.MetricAlarms) == 0 {
		return nil, err
	}
	arn := alarms.MetricAlarms[0].AlarmArn
	tags, err := c.metrics.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		return nil, err
	}
	found := &existing{id: name}
	for _, t := range tags.Tags {
		found.see(aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return found, nil
}

// findDashboard finds no tags, for dashboards take none: one that is there is the stack's only after a run that was cut
// off.
func (c *cloud) findDashboard(ctx context.Context, name string) (*existing, error) {
	_, err := c.metrics.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &name})
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &existing{id: name}, nil
}

// findTopic makes the ARN by which alone SNS knows a topic.
func (c *cloud) findTopic(ctx context.Context, name string) (*existing, error) {
	who, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	_, partition, _ := strings.Cut(aws.ToString(who.Arn), ":")
	partition, _, _ = strings.Cut(partition, ":")
	arn := fmt.Sprintf("arn:%s:sns:%s:%s:%s", partition, c.sns.Options().Region, aws.ToString(who.Account), name)
	_, err = c.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	found := &existing{id: arn}
	for _, t := range tags.Tags {
		found.see(aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return found, nil
}
