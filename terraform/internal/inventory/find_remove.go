package inventory

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrictypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	keytypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The tags for the stack that a resource belongs to, and for the place of that stack's state.
const (
	StackTag = "dispatch-events-aws:stack"
	StateTag = "dispatch-events-aws:state"
)

// Found is a resource that exists in AWS.
type Found struct {
	Type    string // in Terraform
	ID      string // as terraform import takes it
	Name    string
	Tags    map[string]string
	Foreign bool     // it is in another account or another region
	Targets []string // of a rule: the ids of its targets, or nil if they are not known
}

// Label returns its type and name for messages, such as "queue dispatch".
func (f Found) Label() string { return TypeOf(f.Type).Label + " " + f.Name }

// Find asks AWS for the resource that a plan is about to create with these values. It returns nil if it does not exist,
// and for types that are not looked up: parts of other resources (creating one replaces the existing part),
// subscriptions and dashboards.
func (c *Client) Find(ctx context.Context, resourceType string, values map[string]any) (*Found, error) {
	t := TypeOf(resourceType)
	name, _ := values[t.Attribute].(string)
	if t.find == nil || name == "" {
		return nil, nil
	}
	bus, _ := values["event_bus_name"].(string)
	f, err := t.find(c, ctx, name, cmp.Or(bus, DefaultBus))
	if isMissing(err) || err == nil && f == nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("check whether %s %s exists: %w", resourceType, name, err)
	}
	f.Type, f.Name = resourceType, name
	return f, nil
}

// Remove deletes a resource. A rule is deleted together with its targets; a key is scheduled for deletion.
func (c *Client) Remove(ctx context.Context, f Found) (err error) {
	switch f.Type {
	case RuleType:
		err = c.removeRule(ctx, f)
	case QueueType:
		_, err = c.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &f.ID})
	case "aws_s3_bucket":
		_, err = c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &f.ID})
	case "aws_cloudtrail":
		_, err = c.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &f.ID})
	case "aws_kms_key":
		in := &kms.ScheduleKeyDeletionInput{KeyId: &f.ID, PendingWindowInDays: aws.Int32(7)}
		_, err = c.keys.ScheduleKeyDeletion(ctx, in)
	case "aws_cloudwatch_metric_alarm":
		_, err = c.metrics.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{f.ID}})
	case "aws_sns_topic":
		_, err = c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &f.ID})
	}
	if err == nil || isMissing(err) {
		return nil
	}
	return fmt.Errorf("delete the %s: %w", f.Label(), err)
}

// tagMap converts the list of tags of any service into a map.
func tagMap[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, tag := range list {
		key, value := pair(tag)
		tags[aws.ToString(key)] = aws.ToString(value)
	}
	return tags
}

func (c *Client) findQueue(ctx context.Context, name, _ string) (*Found, error) {
	queue, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return nil, err
	}
	got, err := c.SQS.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		return nil, err
	}
	return &Found{ID: *queue.QueueUrl, Tags: got.Tags}, nil
}

func (c *Client) findBucket(ctx context.Context, name, _ string) (*Found, error) {
	f := &Found{ID: name}
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	switch statusOf(err) {
	case http.StatusForbidden, http.StatusMovedPermanently:
		f.Foreign = true
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	got, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	if codeOf(err) == "NoSuchTagSet" {
		return f, nil
	}
	if err == nil {
		f.Tags = tagMap(got.TagSet, func(t s3types.Tag) (key, value *string) { return t.Key, t.Value })
	}
	return f, err
}

func (c *Client) findTrail(ctx context.Context, name, _ string) (*Found, error) {
	trails, err := c.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
		TrailNameList: []string{name}, IncludeShadowTrails: aws.Bool(false),
	})
	if err != nil || len(trails.TrailList) == 0 {
		return nil, err
	}
	f := &Found{ID: aws.ToString(trails.TrailList[0].TrailARN)}
	got, err := c.trails.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{f.ID}})
	if err == nil && len(got.ResourceTagList) > 0 {
		list := got.ResourceTagList[0].TagsList
		f.Tags = tagMap(list, func(t trailtypes.Tag) (key, value *string) { return t.Key, t.Value })
	}
	return f, err
}

// findAlarm looks only at metric alarms: listing composite ones needs a permission on every alarm of the account.
func (c *Client) findAlarm(ctx context.Context, name, _ string) (*Found, error) {
	alarms, err := c.metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name}, AlarmTypes: []metrictypes.AlarmType{metrictypes.AlarmTypeMetricAlarm},
	})
	if err != nil || len(alarms.MetricAlarms) == 0 {
		return nil, err
	}
	in := &cloudwatch.ListTagsForResourceInput{ResourceARN: alarms.MetricAlarms[0].AlarmArn}
	got, err := c.metrics.ListTagsForResource(ctx, in)
	if err != nil {
		return nil, err
	}
	tags := tagMap(got.Tags, func(t metrictypes.Tag) (key, value *string) { return t.Key, t.Value })
	return &Found{ID: name, Tags: tags}, nil
}

// findTopic builds the ARN of the topic, because SNS finds topics only by ARN.
func (c *Client) findTopic(ctx context.Context, name, _ string) (*Found, error) {
	who, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	topic, err := arn.Parse(aws.ToString(who.Arn))
	if err != nil {
		return nil, err
	}
	topic.Service, topic.Region, topic.Resource = "sns", c.sns.Options().Region, name
	id := topic.String()
	got, err := c.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &id})
	if err != nil {
		return nil, err
	}
	tags := tagMap(got.Tags, func(t snstypes.Tag) (key, value *string) { return t.Key, t.Value })
	return &Found{ID: id, Tags: tags}, nil
}

// findKey looks for an enabled key with this description. Keys have no names, so it looks at all keys; this happens
// only in runs that create a key. Other keys can have the same description, so only one with a stack's tag counts. A
// key that is scheduled for deletion still exists for a week, and does not count.
func (c *Client) findKey(ctx context.Context, description, _ string) (*Found, error) {
	pages := kms.NewListKeysPaginator(c.keys, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, key := range page.Keys {
			got, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyId})
			if codeOf(err) == "AccessDeniedException" {
				continue // it belongs to somebody else
			}
			if err != nil {
				return nil, err
			}
			if k := got.KeyMetadata; aws.ToString(k.Description) != description || k.KeyState != keytypes.KeyStateEnabled {
				continue
			}
			list, err := c.keys.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: key.KeyId})
			if err != nil {
				return nil, err
			}
			tags := tagMap(list.Tags, func(t keytypes.Tag) (key, value *string) { return t.TagKey, t.TagValue })
			if tags[StackTag] != "" {
				return &Found{ID: *key.KeyId, Tags: tags}, nil
			}
		}
	}
	return nil, nil
}
