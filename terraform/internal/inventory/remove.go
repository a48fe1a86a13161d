package inventory

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// removal is the order in which resources can go: what depends on another one before it.
var removal = []string{
	TargetType, "aws_cloudwatch_event_rule", "aws_cloudtrail", "aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard",
	"aws_sns_topic", "aws_sqs_queue", "aws_s3_bucket", "aws_kms_alias", "aws_kms_key",
}

// RemovalOrder compares two types of resources by which of them can go first.
func RemovalOrder(a, b string) int { return slices.Index(removal, a) - slices.Index(removal, b) }

// Remove deletes a resource by its id as terraform import takes it. A key is scheduled for deletion.
func (c *Client) Remove(ctx context.Context, resourceType, id string) (err error) {
	switch resourceType {
	case TargetType: // bus/rule/target; the name of a partner's bus has slashes, too
		bus, rule := path.Split(path.Dir(id))
		bus = path.Clean(bus)
		_, err = c.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
			Rule: &rule, EventBusName: &bus, Ids: []string{path.Base(id)},
		})
	case "aws_cloudwatch_event_rule": // bus/rule
		bus, rule := path.Dir(id), path.Base(id)
		_, err = c.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule, EventBusName: &bus})
	case "aws_cloudtrail":
		_, err = c.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &id})
	case "aws_cloudwatch_metric_alarm":
		_, err = c.metrics.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{id}})
	case "aws_cloudwatch_dashboard":
		_, err = c.metrics.DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{id}})
	case "aws_sns_topic":
		_, err = c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &id})
	case "aws_sqs_queue":
		_, err = c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &id})
	case "aws_s3_bucket":
		_, err = c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	case "aws_kms_alias":
		_, err = c.keys.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &id})
	case "aws_kms_key":
		_, err = c.keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &id, PendingWindowInDays: aws.Int32(7)})
	default:
		err = fmt.Errorf("resources of the type %s are Terraform's alone", resourceType)
	}
	return err
}
