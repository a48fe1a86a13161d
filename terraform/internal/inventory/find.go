package inventory

import (
	"context"
	"maps"
	"net/http"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
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
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The tags that say which stack a resource belongs to, and where that stack has its state.
const (
	StackTag = "dispatch-events-aws:stack"
	StateTag = "dispatch-events-aws:state"
)

// Found is a resource that AWS has.
type Found struct {
	Type    string // Terraform's
	ID      string // as terraform import takes it
	Name    string
	Stack   string // the stack that it is tagged with, if any
	State   string // and where that stack's state is
	Tagged  bool   // whether it has any tag at all
	Foreign bool   // it is in another account
}

// Label is what a person calls it.
func (f Found) Label() string { return TypeOf(f.Type).Label + " " + f.Name }

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

func (c *Client) findQueue(ctx context.Context, name, _ string) (*Found, error) {
	queue, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
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

func (c *Client) removeQueue(ctx context.Context, url string) error {
	_, err := c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	return err
}

func (c *Client) findRule(ctx context.Context, name, bus string) (*Found, error) {
	rule, err := c.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
	if err != nil {
		return nil, err
	}
	return c.ruleTags(ctx, bus, name, rule.Arn)
}

func (c *Client) ruleTags(ctx context.Context, bus, name string, id *string) (*Found, error) {
	tags, err := c.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: id})
	if err != nil {
		return nil, err
	}
	return found(bus+"/"+name, tags.Tags, func(t eventtypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// removeRule takes bus/rule; the name of a partner's bus has slashes, too.
func (c *Client) removeRule(ctx context.Context, id string) error {
	bus, rule := path.Dir(id), path.Base(id)
	targets, err := c.Targets(ctx, bus, rule)
	if err != nil {
		return err
	}
	if len(targets) > 0 {
		_, err = c.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
			Rule: &rule, EventBusName: &bus, Ids: slices.Sorted(maps.Keys(targets)),
		})
		if err != nil {
			return err
		}
	}
	_, err = c.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule, EventBusName: &bus})
	return err
}

func (c *Client) findBucket(ctx context.Context, name, _ string) (*Found, error) {
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	switch statusOf(err) {
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

func (c *Client) removeBucket(ctx context.Context, name string) error {
	_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
	return err
}

func (c *Client) findTrail(ctx context.Context, name, _ string) (*Found, error) {
	trails, err := c.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
		TrailNameList: []string{name}, IncludeShadowTrails: aws.Bool(false),
	})
	if err != nil || len(trails.TrailList) == 0 {
		return nil, err
	}
	id := aws.ToString(trails.TrailList[0].TrailARN)
	got, err := c.trails.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{id}})
	if err != nil {
		return nil, err
	}
	var tags []trailtypes.Tag
	for _, resource := range got.ResourceTagList {
		tags = append(tags, resource.TagsList...)
	}
	return found(id, tags, func(t trailtypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

func (c *Client) removeTrail(ctx context.Context, id string) error {
	_, err := c.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &id})
	return err
}

// findAlarm looks among metric alarms alone: composite ones take a permission on every alarm of the account.
func (c *Client) findAlarm(ctx context.Context, name, _ string) (*Found, error) {
	alarms, err := c.metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name}, AlarmTypes: []metrictypes.AlarmType{metrictypes.AlarmTypeMetricAlarm},
	})
	if err != nil || len(alarms.MetricAlarms) == 0 {
		return nil, err
	}
	in := &cloudwatch.ListTagsForResourceInput{ResourceARN: alarms.MetricAlarms[0].AlarmArn}
	tags, err := c.metrics.ListTagsForResource(ctx, in)
	if err != nil {
		return nil, err
	}
	return found(name, tags.Tags, func(t metrictypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

func (c *Client) removeAlarm(ctx context.Context, name string) error {
	_, err := c.metrics.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}})
	return err
}

// findDashboard finds no tags, for dashboards take none: one that is there is the stack's only after a run that was cut
// off.
func (c *Client) findDashboard(ctx context.Context, name, _ string) (*Found, error) {
	_, err := c.metrics.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &name})
	if err != nil {
		return nil, err
	}
	return &Found{ID: name}, nil
}

func (c *Client) removeDashboard(ctx context.Context, name string) error {
	_, err := c.metrics.DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{name}})
	return err
}

// findTopic makes the ARN by which alone SNS knows a topic.
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
	tags, err := c.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &id})
	if err != nil {
		return nil, err
	}
	return found(id, tags.Tags, func(t snstypes.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

func (c *Client) removeTopic(ctx context.Context, id string) error {
	_, err := c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &id})
	return err
}

// findKey looks for a key of this description. Keys have no names, so all that can be used are looked at: only a run
// that creates one does so.
func (c *Client) findKey(ctx context.Context, description, _ string) (*Found, error) {
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

func (c *Client) removeKey(ctx context.Context, id string) error {
	in := &kms.ScheduleKeyDeletionInput{KeyId: &id, PendingWindowInDays: aws.Int32(7)}
	_, err := c.keys.ScheduleKeyDeletion(ctx, in)
	return err
}

// findAlias returns an alias with the tags of its key: aliases have none. Credentials that may read only this stack's
// keys are denied access if the alias does not exist, so a denial counts as not found.
func (c *Client) findAlias(ctx context.Context, name, _ string) (*Found, error) {
	key, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if codeOf(err) == "AccessDeniedException" {
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

func (c *Client) removeAlias(ctx context.Context, name string) error {
	_, err := c.keys.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &name})
	return err
}

func (c *Client) keyTags(ctx context.Context, id string, key *string) (*Found, error) {
	tags, err := c.keys.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: key})
	if err != nil {
		return nil, err
	}
	return found(id, tags.Tags, func(t keytypes.Tag) (key, value *string) { return t.TagKey, t.TagValue }), nil
}
