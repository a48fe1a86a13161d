// Package tail shows a stack's events without taking any from the stack: it creates a temporary queue and
// temporary rules, and removes them at the end. It does not add a target to the stack's rules, because
// Terraform could not delete a rule that has an additional target.
package tail

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

const (
	// Tag is the tag of everything that a tail command creates; its value is the stack's name.
	Tag = "dispatch-events-aws:tail"
	// heartbeatTag holds the time at which the process of a tail command was last alive, in seconds since 1970. It is on
	// the queue, and is also set on the rules when they are created, because a new queue may not be found yet.
	heartbeatTag = "dispatch-events-aws:tail-seen"

	target = "tail" // id of the only target of a rule
)

// Clients are the clients of AWS, a stack, and the event bus of its rules.
type Clients struct {
	*inventory.Client
	Stack, Bus string
}

// NewClients returns clients for this configuration, stack and event bus.
func NewClients(config aws.Config, stack, bus string) Clients {
	return Clients{inventory.New(config), stack, cmp.Or(bus, inventory.DefaultBus)}
}

// Rule is one of the stack's rules: a pattern or a schedule, and its state at EventBridge, or "" for the default.
type Rule struct{ Pattern, Schedule, State string }

// Tail is a running tail command.
type Tail struct {
	Clients
	Name  string            // of the queue; the names of the rules begin with it
	URL   string            // empty if there is no queue, or its URL is not known
	rules []inventory.Found // added before they are created, because they may exist even if the answer of AWS is lost
	arn   string
}

// prefix returns the beginning of the names of all that a tail command for the stack creates. No other name begins so:
// a stack's name has no underscore, and the stack's own rules are named <stack>.<key>. There is room for the rest: a
// rule's name may have 64 characters, and a stack's name leaves at least 13 of them.
func (c Clients) prefix() string { return c.Stack + "_tail-" }

// Open creates a queue and a copy of the stack's rules, which send to that queue. The ARN of the stack's queue contains
// the partition, region and account. If this fails, or ctx ends, it removes what it has created. The tail counts as
// alive until ctx ends.
func (c Clients) Open(ctx context.Context, queueARN string, rules []Rule) (*Tail, error) {
	t := &Tail{Clients: c, Name: c.prefix() + strings.ToLower(rand.Text()[:4])}
	err := t.createQueue(ctx, queueARN[:strings.LastIndex(queueARN, ":")+1])
	for i := 0; i < len(rules) && err == nil && ctx.Err() == nil; i++ {
		err = t.createRule(ctx, t.Name+"-"+strconv.FormatInt(int64(i), 36), rules[i])
	}
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return nil, errors.Join(err, t.Close(ctx))
	}
	go t.heartbeat(ctx)
	return t, nil
}

// uninterrupted returns a context for a step that must be completed even if ctx ends meanwhile; otherwise it would be
// unknown whether the step was done.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
}

// policy is the policy of the queue; its verbs stand for the ARNs of the queue and of the rules.
const policy = `{"Version": "2012-10-17", "Statement": [
	{
		"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
		"Resource": %[1]q, "Condition": {"ArnLike": {"aws:SourceArn": %[2]q}}
	},
	{
		"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
		"Resource": %[1]q, "Condition": {"Bool": {"aws:SecureTransport": "false"}}
	}
]}`

// createQueue creates a queue that SQS encrypts with its own key, even if the stack has a KMS key: the policy of that
// key lets EventBridge use it only for the stack's queue. The ARNs of all queues of the account begin with account.
func (t *Tail) createQueue(ctx context.Context, account string) error {
	ctx, cancel := uninterrupted(ctx)
	defer cancel()
	t.arn = account + t.Name
	rules := strings.Replace(account, ":sqs:", ":events:", 1) + "rule/"
	if t.Bus != inventory.DefaultBus {
		rules += t.Bus + "/"
	}
	rules += t.Name + "-*"
	created, err := t.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &t.Name, Tags: map[string]string{Tag: t.Stack, heartbeatTag: now()},
		Attributes: map[string]string{
			"Policy": fmt.Sprintf(policy, t.arn, rules), "SqsManagedSseEnabled": "true",
			"MessageRetentionPeriod": "3600", // seconds; older events are not shown
		},
	})
	if err != nil {
		return fmt.Errorf("create the queue %s: %w", t.Name, err)
	}
	t.URL = aws.ToString(created.QueueUrl)
	return nil
}

// createRule creates a rule that sends to the queue.
func (t *Tail) createRule(ctx context.Context, name string, r Rule) error {
	ctx, cancel := uninterrupted(ctx)
	defer cancel()
	t.rules = append(t.rules, inventory.NewRule(t.Bus, name, target))
	in := &eventbridge.PutRuleInput{
		Name: &name, EventBusName: &t.Bus,
		Description: aws.String("temporary rule of stack tail, for the events of " + t.Stack),
		Tags: []eventtypes.Tag{
			{Key: aws.String(Tag), Value: &t.Stack}, {Key: aws.String(heartbeatTag), Value: aws.String(now())},
		},
	}
	if r.Schedule != "" {
		in.ScheduleExpression = &r.Schedule
	} else {
		in.EventPattern = &r.Pattern
	}
	if state := eventtypes.RuleState(r.State); state != eventtypes.RuleStateDisabled { // its events are shown, too
		in.State = state
	}
	if _, err := t.Events.PutRule(ctx, in); err != nil {
		return fmt.Errorf("create the rule %s: %w", name, err)
	}
	put, err := t.Events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: &name, EventBusName: &t.Bus, Targets: []eventtypes.Target{{Id: aws.String(target), Arn: &t.arn}},
	})
	if err == nil && put.FailedEntryCount > 0 {
		err = errors.New(aws.ToString(put.FailedEntries[0].ErrorMessage))
	}
	if err != nil {
		return fmt.Errorf("add the queue as a target of the rule %s: %w", name, err)
	}
	return nil
}

// heartbeat records every minute that the process is alive, until ctx ends.
func (t *Tail) heartbeat(ctx context.Context) {
	for tick := time.Tick(time.Minute); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			alive := &sqs.TagQueueInput{QueueUrl: &t.URL, Tags: map[string]string{heartbeatTag: now()}}
			_, _ = t.SQS.TagQueue(ctx, alive) // if it fails, others follow before deadAfter
		}
	}
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }

// ErrGone is returned if the queue was removed while tail was running, as down does.
var ErrGone = errors.New("the temporary queue no longer exists: was the stack removed?")

// Receive waits for events, and deletes from the queue those that it returns. It blocks until events arrive, ctx ends,
// or 20 seconds have passed.
func (t *Tail) Receive(ctx context.Context) ([]types.Message, error) {
	got, err := t.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &t.URL, MaxNumberOfMessages: 10, WaitTimeSeconds: 20,
	})
	if _, missing := errors.AsType[*types.QueueDoesNotExist](err); missing {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", t.Name, err)
	}
	var entries []types.DeleteMessageBatchRequestEntry
	for i, m := range got.Messages {
		entries = append(entries, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle,
		})
	}
	if len(entries) > 0 { // an event that is not deleted is shown twice, which does no harm
		_, _ = t.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &t.URL, Entries: entries})
	}
	return got.Messages, nil
}

// Close removes the rules and then the queue. It does so even if ctx has already ended.
func (t *Tail) Close(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	queue := &inventory.Found{Type: inventory.QueueType, ID: t.URL, Name: t.Name}
	if t.URL == "" {
		queue, err = t.Find(ctx, inventory.QueueType, map[string]any{"name": t.Name})
	}
	all := t.rules
	if queue != nil {
		all = append(all, *queue)
	}
	if err := errors.Join(err, t.removeAll(ctx, all)); err != nil {
		return fmt.Errorf("some resources could not be removed; 'stack down' removes them, or 'stack tail' after %s: %w",
			deadAfter, err)
	}
	return nil
}
