package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// Type is a type of resource that a stack has: how a person knows one, and how it is found and deleted without
// Terraform.
type Type struct {
	Name      string // Terraform's
	Label     string // a person's
	Attribute string // holds the name of a resource of this type
	Setting   bool   // it belongs to another resource, and is shown with that
	find      func(c *Client, ctx context.Context, name, bus string) (*Found, error)
	remove    func(c *Client, ctx context.Context, id string) error
}

// Types are the types that are known, in the order in which they are shown. Resources are removed in the opposite
// order: an alias before its key, a trail before the bucket of its log.
var Types = []Type{
	{
		Name: "aws_cloudwatch_event_rule", Label: "rule", Attribute: "name",
		find: (*Client).findRule, remove: (*Client).removeRule,
	},
	{
		Name: "aws_sqs_queue", Label: "queue", Attribute: "name",
		find: (*Client).findQueue, remove: (*Client).removeQueue,
	},
	{
		Name: "aws_s3_bucket", Label: "bucket", Attribute: "bucket",
		find: (*Client).findBucket, remove: (*Client).removeBucket,
	},
	{
		Name: "aws_cloudtrail", Label: "trail", Attribute: "name",
		find: (*Client).findTrail, remove: (*Client).removeTrail,
	},
	{
		Name: "aws_kms_key", Label: "key", Attribute: "description",
		find: (*Client).findKey, remove: (*Client).removeKey,
	},
	{
		Name: "aws_cloudwatch_metric_alarm", Label: "alarm", Attribute: "alarm_name",
		find: (*Client).findAlarm, remove: (*Client).removeAlarm,
	},
	{
		Name: "aws_cloudwatch_dashboard", Label: "dashboard", Attribute: "dashboard_name",
		find: (*Client).findDashboard, remove: (*Client).removeDashboard,
	},
	{
		Name: "aws_sns_topic", Label: "topic", Attribute: "name",
		find: (*Client).findTopic, remove: (*Client).removeTopic,
	},
	{Name: "aws_sns_topic_subscription", Label: "subscription", Attribute: "endpoint"},
	{
		Name: "aws_kms_alias", Label: "alias", Attribute: "name", Setting: true,
		find: (*Client).findAlias, remove: (*Client).removeAlias,
	},
}

// Rank is a type's place among Types; all others come behind them.
func Rank(name string) int {
	if i := slices.IndexFunc(Types, func(t Type) bool { return t.Name == name }); i >= 0 {
		return i
	}
	return len(Types)
}

// TypeOf is the type of this name. What is not among Types is a setting whose creation overwrites what is there.
func TypeOf(name string) Type {
	if i := Rank(name); i < len(Types) {
		return Types[i]
	}
	label := strings.TrimPrefix(name, "aws_")
	for _, service := range []string{"cloudwatch_event_", "sqs_", "s3_", "kms_", "sns_"} {
		label = strings.TrimPrefix(label, service)
	}
	return Type{Name: name, Label: strings.ReplaceAll(label, "_", " "), Setting: true}
}

// Find asks AWS for the resource that a plan is about to create with these values. It returns nil when there is none,
// and for types whose creation overwrites what is there.
func (c *Client) Find(ctx context.Context, resourceType string, values map[string]any) (*Found, error) {
	t := TypeOf(resourceType)
	name, _ := values[t.Attribute].(string)
	if t.find == nil || name == "" {
		return nil, nil
	}
	bus, _ := values["event_bus_name"].(string)
	f, err := t.find(c, ctx, name, cmp.Or(bus, tail.DefaultBus))
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look whether %s %s exists: %w", resourceType, name, err)
	}
	if f != nil {
		f.Type, f.Name = resourceType, name
	}
	return f, nil
}

// Remove deletes a resource. A rule goes with its targets; a key is scheduled for deletion.
func (c *Client) Remove(ctx context.Context, f Found) error {
	if err := TypeOf(f.Type).remove(c, ctx, f.ID); err != nil {
		return fmt.Errorf("delete the %s: %w", f.Label(), err)
	}
	return nil
}
