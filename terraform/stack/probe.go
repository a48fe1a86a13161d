package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	awshttp "github.com/aws/smithy-go/transport/http"
)

// existing is a resource that AWS has.
type existing struct {
	id      string // as terraform import takes it
	name    string // of a rule that was looked for by its tag
	stack   string // the stack that it is tagged with, if any
	state   string // and where that stack's state is
	tagged  bool   // whether it has any tag at all
	foreign bool   // it is in another account
}

// find asks AWS for the resource that a plan is about to create. It returns nil when there is none, and for types
// whose creation overwrites what is there.
func (c *cloud) find(ctx context.Context, resourceType string, values map[string]any) (*existing, error) {
	look, name := c.lookFor(resourceType, values)
	if look == nil || name == "" {
		return nil, nil
	}
	found, err := look(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look whether the %s %s exists: %w", kindOf(resourceType), name, err)
	}
	return found, nil
}

type lookup func(ctx context.Context, name string) (*existing, error)

func (c *cloud) lookFor(resourceType string, values map[string]any) (lookup, string) {
	switch resourceType {
	case "aws_sqs_queue":
		return c.findQueue, text(values["name"])
	case "aws_cloudwatch_event_rule":
		return c.findRule, text(values["name"])
	case "aws_s3_bucket":
		return c.findBucket, text(values["bucket"])
	case "aws_cloudtrail":
		return c.findTrail, text(values["name"])
	case targetType:
		return func(ctx context.Context, rule string) (*existing, error) {
			return c.findTarget(ctx, rule, text(values["target_id"]))
		}, text(values["rule"])
	case "aws_kms_key":
		return c.findKey, text(values["description"])
	case "aws_kms_alias":
		return c.findAlias, text(values["name"])
	case "aws_cloudwatch_metric_alarm":
		return c.findAlarm, text(values["alarm_name"])
	case "aws_cloudwatch_dashboard":
		return c.findDashboard, text(values["dashboard_name"])
	case "aws_sns_topic":
		return c.findTopic, text(values["name"])
	}
	return nil, ""
}

func (c *cloud) findQueue(ctx context.Context, name string) (*existing, error) {
	queue, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if missing := new(sqstypes.QueueDoesNotExist); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		return nil, err
	}
	return &existing{id: *queue.QueueUrl, stack: tags.Tags[StackTag], state: tags.Tags[StateTag], tagged: len(tags.Tags) > 0}, nil
}

func (c *cloud) findRule(ctx context.Context, name string) (*existing, error) {
	rule, err := c.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
	if missing := new(eventtypes.ResourceNotFoundException); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: rule.Arn})
	if err != nil {
		return nil, err
	}
	found := &existing{id: "default/" + name, tagged: len(tags.Tags) > 0}
	for _, t := range tags.Tags {
		found.see(aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return found, nil
}

// findTarget takes the tags of its rule, having none of its own.
func (c *cloud) findTarget(ctx context.Context, rule, id string) (*existing, error) {
	found, err := c.findRule(ctx, rule)
	if found == nil || err != nil {
		return nil, err
	}
	targets, err := c.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule})
	if err != nil {
		return nil, err
	}
	for _, t := range targets.Targets {
		if aws.ToString(t.Id) == id {
			found.id += "/" + id
			return found, nil
		}
	}
	return nil, nil
}

func (c *cloud) findBucket(ctx context.Context, name string) (*existing, error) {
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	switch statusOf(err) {
	case http.StatusNotFound:
		return nil, nil
	case http.StatusForbidden, http.StatusMovedPermanently:
		return &existing{id: name, foreign: true}, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	if codeOf(err) == "NoSuchTagSet" {
		return &existing{id: name}, nil
	}
	if err != nil {
		return nil, err
	}
	found := &existing{id: name, tagged: len(tags.TagSet) > 0}
	for _, t := range tags.TagSet {
		found.see(aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return found, nil
}

func (c *cloud) findTrail(ctx context.Context, name string) (*existing, error) {
	trails, err := c.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{TrailNameList: []string{name}, IncludeShadowTrails: aws.Bool(false)})
	if err != nil || len(trails.TrailList) == 0 {
		return nil, err
	}
	arn := aws.ToString(trails.TrailList[0].TrailARN)
	tags, err := c.trails.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}})
	if err != nil {
		return nil, err
	}
	found := &existing{id: arn}
	for _, resource := range tags.ResourceTagList {
		for _, t := range resource.TagsList {
			found.see(aws.ToString(t.Key), aws.ToString(t.Value))
		}
	}
	return found, nil
}

func (e *existing) see(key, value string) {
	e.tagged = true
	switch key {
	case StackTag:
		e.stack = value
	case StateTag:
		e.state = value
	}
}

func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
