package inventory

import (
	"context"
	"maps"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

const ruleType = "aws_cloudwatch_event_rule"

// Rules returns the rules of a bus that have the tag of a stack, except those whose names are in known.
func (c *Client) Rules(ctx context.Context, bus, stack string, known map[string]bool) ([]Found, error) {
	tagged, err := c.Tails(bus).TaggedRules(ctx, stack+".", StackTag, stack, known)
	var list []Found
	for _, name := range slices.Sorted(maps.Keys(tagged)) {
		list = append(list, Found{
			Type: ruleType, ID: bus + "/" + name, Name: name, Stack: stack, State: tagged[name][StateTag], Tagged: true,
		})
	}
	return list, err
}

func (c *Client) findRule(ctx context.Context, name, bus string) (string, map[string]string, error) {
	rule, err := c.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
	if err != nil {
		return "", nil, err
	}
	tags, err := c.ruleTags(ctx, rule.Arn)
	return bus + "/" + name, tags, err
}

func (c *Client) ruleTags(ctx context.Context, id *string) (map[string]string, error) {
	got, err := c.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: id})
	if err != nil {
		return nil, err
	}
	return tagMap(got.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// removeRule splits the id bus/rule at the last slash, because the name of a partner event bus has slashes, too.
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

// Targets returns the ARNs that a rule sends to, by the ids of its targets.
func (c *Client) Targets(ctx context.Context, bus, rule string) (map[string]string, error) {
	got, err := c.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule, EventBusName: &bus})
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, t := range got.Targets {
		targets[aws.ToString(t.Id)] = aws.ToString(t.Arn)
	}
	return targets, nil
}
