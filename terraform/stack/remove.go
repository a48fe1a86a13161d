package stack

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// removal is the order in which strays can go: what hangs on another thing before it.
var removal = []string{
	targetType, "aws_cloudwatch_event_rule", "aws_cloudtrail", "aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard", "aws_sns_topic",
	"aws_sqs_queue", "aws_s3_bucket", "aws_kms_alias", "aws_kms_key",
}

// removeAll deletes what no state holds.
func (c *cloud) removeAll(ctx context.Context, strays []adoption) error {
	for _, resourceType := range removal {
		for _, s := range strays {
			if s.resourceType != resourceType {
				continue
			}
			if err := c.remove(ctx, s); err != nil {
				return fmt.Errorf("delete the %s: %w", s.line.label(), err)
			}
		}
	}
	return nil
}

func (c *cloud) remove(ctx context.Context, s adoption) (err error) {
	switch s.resourceType {
	case targetType: // default/rule/target
		parts := strings.Split(s.id, "/")
		_, err = c.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &parts[1], Ids: []string{parts[2]}})
	case "aws_cloudwatch_event_rule":
		_, err = c.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String(strings.TrimPrefix(s.id, "default/"))})
	case "aws_cloudtrail":
		_, err = c.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &s.id})
	case "aws_cloudwatch_metric_alarm":
		_, err = c.metrics.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{s.id}})
	case "aws_cloudwatch_dashboard":
		_, err = c.metrics.DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{s.id}})
	case "aws_sns_topic":
		_, err = c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &s.id})
	case "aws_sqs_queue":
		_, err = c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &s.id})
	case "aws_s3_bucket":
		_, err = c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &s.id})
	case "aws_kms_alias":
		_, err = c.keys.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &s.id})
	case "aws_kms_key":
		_, err = c.keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &s.id, PendingWindowInDays: aws.Int32(7)})
	}
	return err
}

// queuesAmong are the names of the queues among strays.
func queuesAmong(strays []adoption) (names []string) {
	for _, s := range strays {
		if s.resourceType == "aws_sqs_queue" {
			names = append(names, s.line.Name)
		}
	}
	return names
}
