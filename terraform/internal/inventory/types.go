package inventory

import (
	"context"
	"slices"
	"strings"
)

// Type is a type of resource that a stack has: how a person knows one, and how it is found and deleted without
// Terraform.
type Type struct {
	Name      string // Terraform's
	Label     string // a person's
	Attribute string // holds the name of a resource of this type
	Setting   bool   // it belongs to another resource, and is shown with that
	// find returns a resource's id, as terraform import takes it, and its tags; no id when there is none.
	find   func(c *Client, ctx context.Context, name, bus string) (id string, tags map[string]string, err error)
	remove func(c *Client, ctx context.Context, id string) error
}

// Types are the types that are known, in the order in which they are shown. Resources are removed in the opposite
// order: an alias before its key, a trail before the bucket of its log.
var Types = []Type{
	{
		Name: ruleType, Label: "rule", Attribute: "name",
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
