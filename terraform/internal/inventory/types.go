package inventory

import (
	"context"
	"slices"
	"strings"
)

// Type is a type of resource that a stack has: what it is called in messages, and how resources of this type are found
// and deleted without Terraform.
type Type struct {
	Name      string // in Terraform
	Label     string // in messages
	Attribute string // holds the name of a resource of this type
	Part      bool   // it is a part of another resource, such as the policy of a bucket, and is shown together with it
	// find returns a resource's id, as terraform import takes it, and its tags; no id if it does not exist.
	find   func(c *Client, ctx context.Context, name, bus string) (id string, tags map[string]string, err error)
	remove func(c *Client, ctx context.Context, id string) error
}

// The types of rules and queues, as Terraform calls them.
const (
	RuleType  = "aws_cloudwatch_event_rule"
	QueueType = "aws_sqs_queue"
)

// knownTypes lists the types in the order in which they are shown. Resources are removed in the opposite order: an
// alias before its key, a trail before the bucket of its log.
var knownTypes = []Type{
	{RuleType, "rule", "name", false, (*Client).findRule, (*Client).removeRule},
	{QueueType, "queue", "name", false, (*Client).findQueue, (*Client).removeQueue},
	{"aws_s3_bucket", "bucket", "bucket", false, (*Client).findBucket, (*Client).removeBucket},
	{"aws_cloudtrail", "trail", "name", false, (*Client).findTrail, (*Client).removeTrail},
	{"aws_kms_key", "key", "description", false, (*Client).findKey, (*Client).removeKey},
	{"aws_cloudwatch_metric_alarm", "alarm", "alarm_name", false, (*Client).findAlarm, (*Client).removeAlarm},
	{"aws_cloudwatch_dashboard", "dashboard", "dashboard_name", false, (*Client).findDashboard, (*Client).removeDashboard},
	{"aws_sns_topic", "topic", "name", false, (*Client).findTopic, (*Client).removeTopic},
	{"aws_sns_topic_subscription", "subscription", "endpoint", false, nil, nil},
	{"aws_kms_alias", "alias", "name", true, (*Client).findAlias, (*Client).removeAlias},
}

// Rank returns the place of a type in knownTypes; all others come last.
func Rank(name string) int {
	if i := slices.IndexFunc(knownTypes, func(t Type) bool { return t.Name == name }); i >= 0 {
		return i
	}
	return len(knownTypes)
}

// TypeOf returns the type with this name. A type that is not in knownTypes counts as a part of another resource, and
// replaces the existing part when it is created.
func TypeOf(name string) Type {
	if i := Rank(name); i < len(knownTypes) {
		return knownTypes[i]
	}
	label := strings.TrimPrefix(name, "aws_")
	for _, service := range []string{"cloudwatch_event_", "sqs_", "s3_", "kms_", "sns_"} {
		label = strings.TrimPrefix(label, service)
	}
	return Type{Name: name, Label: strings.ReplaceAll(label, "_", " "), Part: true}
}
