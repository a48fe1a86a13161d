package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrictypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	keytypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// The tags that say which stack a resource belongs to, and where that stack has its state.
const (
	StackTag = "dispatch-events-aws:stack"
	StateTag = "dispatch-events-aws:state"
)

// TargetType is the type of a rule's targets.
const TargetType = "aws_cloudwatch_event_target"

// Found is a resource that AWS has.
type Found struct {
	ID      string // as terraform import takes it
	Name    string // of a rule that was looked for by its tag
	Stack   string // the stack that it is tagged with, if any
	State   string // and where that stack's state is
	Tagged  bool   // whether it has any tag at all
	Foreign bool   // it is in another account
}

// found is a resource with its tags, whichever service's they are.
func found[T any](id string, tags []T, pair func(T) (key, value *string)) *Found {
	f := &Found{ID: id, Tagged: len(tags) > 0}
	for _, tag := range tags {
		switch key, value := pair(tag); aws.ToString(key) {
		case StackTag:
			f.Stack = aws.ToString(value)
		case StateTag:
			f.State = aws.ToString(value)
		}
	}
	return f
}

// Find asks AWS for the resource that a plan is about to create with these values. It returns nil when there is none,
// and for types whose creation overwrites what is there.
func (c *Client) Find(ctx context.Context, resourceType string, values map[string]any) (*Found, error) {
	value := func(attribute string) string {
		text, _ := values[attribute].(string)
		return text
	}
	lookup, name := c.lookup(resourceType, value)
	if lookup == nil || name == "" {
		return nil, nil
	}
	f, err := lookup(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look whether %s %s exists: %w", resourceType, name, err)
	}
	return f, nil
}

type lookup func(ctx context.Context, name string) (*Found, error)

func (c *Client) lookup(resourceType string, value func(string) string) (lookup, string) {
	switch resourceType {
	case "aws_sqs_queue":
		return c.findQueue, value("name")
	case "aws_cloudwatch_event_rule":
		return func(ctx context.Context, rule string) (*Found, error) {
			return c.findRule(ctx, busOf(value), rule)
		}, value("name")
	case TargetType:
		return func(ctx context.Context, rule string) (*Found, error) {
			return c.findTarget(ctx, busOf(value), rule, value("target_id"))
		}, value("rule")
	case "aws_s3_bucket":
		return c.findBucket, value("bucket")
	case "aws_cloudtrail":
		return c.findTrail, value("name")
	case "aws_kms_key":
		return c.findKey, value("description")
	case "aws_kms_alias":
		return c.findAlias, value("name")
	case "aws_cloudwatch_metric_alarm":
		return c.findAlarm, value("alarm_name")
	case "aws_cloudwatch_dashboard":
		return c.findDashboard, value("dashboard_name")
	case "aws_sns_topic":
		return c.findTopic, value("name")
	}
	return nil, ""
}

func (c *Client) findQueue(ctx context.Context, name string) (*Found, error) {
	queue, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if missing := new(sqstypes.QueueDoesNotExist); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	got, err := c.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		return nil, err
	}
	tags := got.Tags
	return &Found{ID: *queue.QueueUrl, Stack: tags[StackTag], State: tags[StateTag], Tagged: len(tags) > 0}, nil
}

func busOf(value func(string) string) string { return cmp.Or(value("event_bus_name"), tail.DefaultBus) }

func (c *Client) findRule(ctx context.Context, bus, name string) (*Found, error) {
	rule, err := c.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
	if missing := new(eventtypes.ResourceNotFoundException); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.ruleTags(ctx, bus, name, rule.Arn)
}

func (c *Client) ruleTags(ctx context.Context, bus, name string, arn *string) (*Found, error) {
	tags, err := c.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		return nil, err
	}
	f := found(bus+"/"+name, tags.Tags, func(t eventtypes.Tag) (key, value *string) { return t.Key, t.Value })
	f.Name = name
	return f, nil
}

// findTarget takes the tags of its rule, having none of its own.
func (c *Client) findTarget(ctx context.Context, bus, rule, id string) (*Found, error) {
	f, err := c.findRule(ctx, bus, rule)
	if f == nil || err != nil {
		return nil, err
	}
	targets, err := c.Targets(ctx, bus, rule)
	if _, there := targets[id]; !there || err != nil {
		return nil, err
	}
	f.ID += "/" + id
	return f, nil
}

func (c *Client) findBucket(ctx context.Context, name string) (*Found, error) {
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	switch statusOf(err) {
	case http.StatusNotFound:
		return nil, nil
	case http.StatusForbidden, http.StatusMovedPermanently:
		return &Found{ID: name, Foreign: true}, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	if codeOf(err) == "NoSuchTagSet" {
		return &Found{ID: name}, nil
	}
	if err != nil {
		return nil, err
	}
	return found(name, tags.TagSet, func(t s3types.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

func (c *Client) findTrail(ctx context.Context, name string) (*Found, error) {
	trails, err := c.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
		TrailNameList: []string{name}, IncludeShadowTrails: aws.Bool(false),
	})
	if err != nil || len(trails.TrailList) == 0 {
		return nil, err
	}
	arn := aws.ToString(trails.TrailList[0].TrailARN)
	got, err := c.trails.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}})
	if err != nil {
		return nil, err
	}
	var tags []trailtypes.Tag
	for _, resource := range got.ResourceTagList {
		tags = append(tags, resource.TagsList...)
	}
	return found(arn, tags, func(t trailtypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// findAlarm looks among metric alarms alone: composite ones take a permission on every alarm of the account.
func (c *Client) findAlarm(ctx context.Context, name string) (*Found, error) {
	alarms, err := c.metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name}, AlarmTypes: []metrictypes.AlarmType{metrictypes.AlarmTypeMetricAlarm},
	})
	if err != nil || len(alarms.MetricAlarms) == 0 {
		return nil, err
	}
	arn := alarms.MetricAlarms[0].AlarmArn
	tags, err := c.metrics.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		return nil, err
	}
	return found(name, tags.Tags, func(t metrictypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// findDashboard finds no tags, for dashboards take none: one that is there is the stack's only after a run that was cut
// off.
func (c *Client) findDashboard(ctx context.Context, name string) (*Found, error) {
	_, err := c.metrics.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &name})
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Found{ID: name}, nil
}

// findTopic makes the ARN by which alone SNS knows a topic.
func (c *Client) findTopic(ctx context.Context, name string) (*Found, error) {
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
	return found(arn, tags.Tags, func(t snstypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// findKey looks for a key of this description. Keys have no names, so all that can be used are looked at: only a run
// that creates one does so.
func (c *Client) findKey(ctx context.Context, description string) (*Found, error) {
	pages := kms.NewListKeysPaginator(c.keys, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, key := range page.Keys {
			f, err := c.matchKey(ctx, key.KeyId, description)
			if f != nil || err != nil {
				return f, err
			}
		}
	}
	return nil, nil
}

// matchKey is the key if it has this description and is a stack's: another key may well be described alike. A deleted
// key lingers for a week, and is no one's.
func (c *Client) matchKey(ctx context.Context, id *string, description string) (*Found, error) {
	key, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
	if codeOf(err) == "AccessDeniedException" {
		return nil, nil // somebody else's
	}
	if err != nil {
		return nil, err
	}
	described := aws.ToString(key.KeyMetadata.Description) == description
	if !described || key.KeyMetadata.KeyState != keytypes.KeyStateEnabled {
		return nil, nil
	}
	f, err := c.keyTags(ctx, *id, id)
	if err != nil || f.Stack == "" {
		return nil, err
	}
	return f, nil
}

// findAlias takes the tags of the key that the alias stands for, having none of its own. Whoever may look only at the
// keys of this stack is refused where it stands for none.
func (c *Client) findAlias(ctx context.Context, name string) (*Found, error) {
	key, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if missing := new(keytypes.NotFoundException); errors.As(err, &missing) || codeOf(err) == "AccessDeniedException" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := c.keyTags(ctx, name, key.KeyMetadata.KeyId)
	if err == nil {
		f.Tagged = true // so that it is never taken for an alias without an owner
	}
	return f, err
}

func (c *Client) keyTags(ctx context.Context, id string, key *string) (*Found, error) {
	tags, err := c.keys.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: key})
	if err != nil {
		return nil, err
	}
	return found(id, tags.Tags, func(t keytypes.Tag) (key, value *string) { return t.TagKey, t.TagValue }), nil
}
