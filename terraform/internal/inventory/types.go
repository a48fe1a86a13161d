package inventory

import (
	"context"
	"slices"
	"strings"
)

// Type is a type of resource that a stack has: what it is called in messages, and how resources of this type are found
// without Terraform.
type Type struct {
	Name      string // in Terraform
	Label     string // in messages
	Attribute string // the Terraform attribute that has the resource's name; "" for a part of another resource
	// find returns the ID and the tags of a resource, or nil if it does not exist.
	find func(c *Client, ctx context.Context, name, bus string) (*Found, error)
}

// The types of rules and queues, as Terraform calls them.
const (
	RuleType  = "aws_cloudwatch_event_rule"
	QueueType = "aws_sqs_queue"
)

// knownTypes lists the types in the order in which they are shown. Resources are removed in the opposite order: a
// trail before the bucket of its log.
var knownTypes = []Type{
	{RuleType, "rule", "name", (*Client).findRule},
	{QueueType, "queue", "name", (*Client).findQueue},
	{"aws_s3_bucket", "bucket", "bucket", (*Client).findBucket},
	{"aws_cloudtrail", "trail", "name", (*Client).findTrail},
	{"aws_kms_key", "key", "description", (*Client).findKey},
	{"aws_cloudwatch_metric_alarm", "alarm", "alarm_name", (*Client).findAlarm},
	{"aws_sns_topic", "topic", "name", (*Client).findTopic},
	{"aws_sns_topic_subscription", "subscription", "endpoint", nil},
	{"aws_cloudwatch_dashboard", "dashboard", "dashboard_name", nil}, // stacks of 1.0.0-rc.1 have one
}

// Rank returns the place of a type in the order in which resources are shown, from 0; unknown types come last.
func Rank(name string) int {
	if i := slices.IndexFunc(knownTypes, func(t Type) bool { return t.Name == name }); i >= 0 {
		return i
	}
	return len(knownTypes)
}

// IsPart reports whether it is a part of another resource, such as the policy of a bucket. It is shown with that one.
func (t Type) IsPart() bool { return t.Attribute == "" }

// TypeOf returns the type with this name. A type that is not in knownTypes but belongs to the same services counts as a
// part of another resource, and replaces the existing part when it is created.
func TypeOf(name string) Type {
	if i := Rank(name); i < len(knownTypes) {
		return knownTypes[i]
	}
	label := strings.ReplaceAll(strings.TrimPrefix(name, "aws_"), "_", " ")
	for _, service := range []string{"cloudwatch event ", "sqs ", "s3 ", "kms ", "sns "} {
		if part, found := strings.CutPrefix(label, service); found {
			return Type{Name: name, Label: part}
		}
	}
	return Type{Name: name, Label: label, Attribute: "id"}
}
