package inventory

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Rules are the rules of a bus that have a stack's tag, but for those that are known by their names.
func (c *Client) Rules(ctx context.Context, bus, stack string, known map[string]bool) ([]Found, error) {
	all, err := c.listRules(ctx, bus, stack+".")
	if err != nil {
		return nil, fmt.Errorf("list the rules that begin with %s.: %w", stack, err)
	}
	var list []Found
	for _, rule := range all {
		name := aws.ToString(rule.Name)
		if known[name] {
			continue
		}
		f, err := c.ruleTags(ctx, bus, name, rule.Arn)
		if code := codeOf(err); code == "AccessDeniedException" || code == "ResourceNotFoundException" {
			continue // another stack's, whose name begins alike; or gone meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the tags of the rule %s: %w", name, err)
		}
		if f.Stack == stack {
			f.Type, f.Name = "aws_cloudwatch_event_rule", name
			list = append(list, *f)
		}
	}
	return list, nil
}

func (c *Client) listRules(ctx context.Context, bus, prefix string) (all []types.Rule, err error) {
	in := &eventbridge.ListRulesInput{EventBusName: &bus}
	if prefix != "" {
		in.NamePrefix = &prefix
	}
	for {
		page, err := c.events.ListRules(ctx, in)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Rules...)
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return all, nil
		}
	}
}

// Targets are the ARNs that a rule sends to, by the ids of its targets.
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
