package inventory

import (
	"context"
	"fmt"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// DefaultBus is the event bus of rules that do not name one.
const DefaultBus = "default"

// NewRule returns a rule on a bus, with the ids of its targets if they are known.
func NewRule(bus, name string, targets ...string) Found {
	return Found{Type: RuleType, ID: bus + "/" + name, Name: name, Targets: targets}
}

// StackRules returns the rules of a stack, except those whose names are in known.
func (c *Client) StackRules(ctx context.Context, bus, stack string, known map[string]bool) ([]Found, error) {
	return c.Rules(ctx, bus, stack+".", StackTag, stack, known)
}

// Rules returns the rules of a bus whose names begin with prefix and whose tag has this value, except those in known.
func (c *Client) Rules(
	ctx context.Context, bus, prefix, tag, value string, known map[string]bool,
) (list []Found, err error) {
	in := &eventbridge.ListRulesInput{EventBusName: &bus, NamePrefix: &prefix}
	for {
		page, err := c.Events.ListRules(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the rules that begin with %s: %w", prefix, err)
		}
		for _, rule := range page.Rules {
			f := NewRule(bus, aws.ToString(rule.Name))
			if known[f.Name] {
				continue
			}
			f.Tags, err = c.ruleTags(ctx, rule.Arn)
			if codeOf(err) == "AccessDeniedException" || isMissing(err) {
				continue // a rule of another stack, whose name begins the same way; or one that was deleted meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("read the tags of the rule %s: %w", f.Name, err)
			}
			if f.Tags[tag] == value {
				list = append(list, f)
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return list, nil
		}
	}
}

func (c *Client) findRule(ctx context.Context, name, bus string) (*Found, error) {
	rule, err := c.Events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
	if err != nil {
		return nil, err
	}
	tags, err := c.ruleTags(ctx, rule.Arn)
	return &Found{ID: bus + "/" + name, Tags: tags}, err
}

func (c *Client) ruleTags(ctx context.Context, id *string) (map[string]string, error) {
	got, err := c.Events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: id})
	if err != nil {
		return nil, err
	}
	return tagMap(got.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value }), nil
}

// removeRule splits the id bus/rule at the last slash, because the name of a partner event bus has slashes, too. It
// asks for the targets only if they are not known, because that needs a permission. EventBridge may not know yet that
// the targets are removed, and then refuses the deletion with a ValidationException: the deletion is tried again.
func (c *Client) removeRule(ctx context.Context, f Found) error {
	bus, rule := path.Dir(f.ID), path.Base(f.ID)
	if f.Targets == nil {
		got, err := c.Events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule, EventBusName: &bus})
		if err != nil {
			return err
		}
		for _, t := range got.Targets {
			f.Targets = append(f.Targets, aws.ToString(t.Id))
		}
	}
	if len(f.Targets) > 0 {
		in := &eventbridge.RemoveTargetsInput{Rule: &rule, EventBusName: &bus, Ids: f.Targets}
		if _, err := c.Events.RemoveTargets(ctx, in); err != nil {
			return err
		}
	}
	again := func(o *eventbridge.Options) { o.Retryer = retry.AddWithErrorCodes(o.Retryer, "ValidationException") }
	_, err := c.Events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule, EventBusName: &bus}, again)
	return err
}
