package stack

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrictypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// RuleState is a rule as it is, and what it has done.
type RuleState struct {
	Name    string   `json:"name"`
	Enabled bool     `json:"enabled"`
	Events  string   `json:"events"`  // which, in words
	Sources []string `json:"sources"` // that its pattern names in full
	// Matched and Failed are events of the last day, and those of them that could not be delivered; nothing when
	// CloudWatch does not tell. It measures some minutes late.
	Matched *int `json:"matched"`
	Failed  *int `json:"failed"`
}

// Activity is what went through a queue in the last quarter of an hour; nothing where CloudWatch has not measured it.
type Activity struct {
	Sent     *int `json:"sent"`
	Received *int `json:"received"`
	Deleted  *int `json:"deleted"`
}

const (
	day    = 24 * time.Hour
	lately = 15 * time.Minute
)

// rules are the rules in a plan's state, as they were found in AWS.
func rules(plan *tfjson.Plan) []RuleState {
	list := []RuleState{}
	eachOf(plan, "aws_cloudwatch_event_rule", func(values map[string]any) {
		rule := Rule{Pattern: text(values["event_pattern"]), Schedule: text(values["schedule_expression"])}
		sources, _ := rule.Sources()
		list = append(list, RuleState{
			Name: text(values["name"]), Enabled: text(values["state"]) != "DISABLED", Events: rule.Words(), Sources: sources,
		})
	})
	slices.SortFunc(list, func(a, b RuleState) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// eachOf visits the resources of a type in a plan's state.
func eachOf(plan *tfjson.Plan, resourceType string, visit func(values map[string]any)) {
	if plan.PriorState == nil || plan.PriorState.Values == nil {
		return
	}
	var walk func(*tfjson.StateModule)
	walk = func(m *tfjson.StateModule) {
		if m == nil {
			return
		}
		for _, res := range m.Resources {
			if res.Type == resourceType && res.Mode == tfjson.ManagedResourceMode {
				visit(res.AttributeValues)
			}
		}
		for _, child := range m.ChildModules {
			walk(child)
		}
	}
	walk(plan.PriorState.Values.RootModule)
}

// measure asks CloudWatch about everything at once. What it does not tell stays unknown.
func (r *session) measure(ctx context.Context, out *Status) {
	var g errgroup.Group
	g.SetLimit(8) // CloudWatch throttles
	for i := range out.Rules {
		rule := &out.Rules[i]
		g.Go(func() error { rule.Matched = r.events(ctx, "MatchedEvents", rule.Name); return nil })
		g.Go(func() error { rule.Failed = r.events(ctx, "FailedInvocations", rule.Name); return nil })
	}
	if out.Queue != nil {
		activity := &Activity{}
		out.Activity = activity
		for metric, into := range map[string]**int{
			"NumberOfMessagesSent": &activity.Sent, "NumberOfMessagesReceived": &activity.Received, "NumberOfMessagesDeleted": &activity.Deleted,
		} {
			g.Go(func() error {
				*into, _ = r.cloud.sum(ctx, "AWS/SQS", metric, "QueueName", out.Queue.Queue, lately)
				return nil
			})
		}
	}
	_ = g.Wait() // none of them fails
}

// events counts a rule's events. EventBridge measures what happens: no measurement is none; elsewhere than on AWS it is
// unknown.
func (r *session) events(ctx context.Context, metric, rule string) *int {
	n, err := r.cloud.sum(ctx, "AWS/Events", metric, "RuleName", rule, day)
	if n == nil && err == nil && r.place.endpoint == "" {
		return aws.Int(0)
	}
	return n
}

// sum adds up a metric; nil is no measurement.
func (c *cloud) sum(ctx context.Context, namespace, metric, dimension, name string, span time.Duration) (*int, error) {
	now := time.Now()
	got, err := c.metrics.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &metric,
		Dimensions: []metrictypes.Dimension{{Name: &dimension, Value: &name}},
		StartTime:  aws.Time(now.Add(-span)), EndTime: &now,
		Period: aws.Int32(int32(span / time.Second)), Statistics: []metrictypes.Statistic{metrictypes.StatisticSum},
	})
	if err != nil || len(got.Datapoints) == 0 {
		return nil, err
	}
	total := 0.0
	for _, p := range got.Datapoints {
		total += aws.ToFloat64(p.Sum)
	}
	return aws.Int(int(total)), nil
}

// keyTrouble is why EventBridge may not use the queue's key, as far as that can be seen.
func (c *cloud) keyTrouble(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	if strings.HasSuffix(key, "alias/aws/sqs") {
		return "it is AWS's own, which EventBridge may not use"
	}
	got, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	if err != nil || got.KeyMetadata == nil || got.KeyMetadata.KeyState == "Enabled" {
		return ""
	}
	return "its state is " + string(got.KeyMetadata.KeyState)
}

// keyOf is the key that encrypts a queue, or nothing where SQS manages the encryption.
func keyOf(plan *tfjson.Plan, queue string) (key string) {
	eachOf(plan, "aws_sqs_queue", func(values map[string]any) {
		if text(values["name"]) == queue {
			key = text(values["kms_master_key_id"])
		}
	})
	return key
}
