// Package tail looks at a stack's events without taking any from it: a queue and rules of its own, beside the stack's,
// made for as long as the look lasts. Rules of its own, since Terraform could not delete one of its rules that has a
// target more.
package tail

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/gofrs/flock"
)

const (
	// Tag is on all that a tail makes; its value is the stack's name.
	Tag = "dispatch-events-aws:tail"
	// heartbeatTag is on its queue: when its process was last alive, in seconds since 1970.
	heartbeatTag = "dispatch-events-aws:tail-seen"

	target       = "tail" // id of a rule's one target
	suffixLength = 4
	stepTime     = 20 * time.Second
	retention    = "3600" // seconds; what nobody looks at is of no use to anybody
)

// Clients are the two services that it takes, and the event bus of the stack's rules.
type Clients struct {
	SQS    *sqs.Client
	Events *eventbridge.Client
	Bus    string
}

// DefaultBus is the event bus of rules that name none.
const DefaultBus = "default"

// NewClients makes them.
func NewClients(config aws.Config, bus string) Clients {
	return Clients{
		SQS: sqs.NewFromConfig(config), Events: eventbridge.NewFromConfig(config), Bus: cmp.Or(bus, DefaultBus),
	}
}

// Rule is one of the stack's rules: a pattern or a schedule.
type Rule struct{ Pattern, Schedule string }

// Options say what to look at.
type Options struct {
	Stack    string
	QueueARN string          // of the stack; it tells partition, region and account
	Rules    map[string]Rule // the stack's, by any key
	Folder   string          // the stack's on this machine: a file there tells that this process lives
}

// Tail is an open look.
type Tail struct {
	Clients
	name  string // of the queue; the rules' names begin with it
	arn   string
	url   string
	rules []string // that were begun to be made
	lock  *flock.Flock
}

// prefix begins the names of all that tails of a stack make, and no other: a stack's name has no underscore, and its
// rules go on with a dot. There is room for it: a stack's name leaves 13 of the 64 characters of a rule's.
func prefix(stack string) string { return stack + "_tail-" }

// Open makes the queue and the rules. When it cannot, or ctx ends, it removes what it has made.
func (c Clients) Open(ctx context.Context, o Options) (t *Tail, err error) {
	t = &Tail{Clients: c, name: prefix(o.Stack) + strings.ToLower(rand.Text()[:suffixLength])}
	account := o.QueueARN[:strings.LastIndex(o.QueueARN, ":")+1]
	t.arn = account + t.name
	t.lock = flock.New(lockOf(o.Folder, t.name))
	if _, err := t.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock %s: %w", t.lock.Path(), err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close(ctx))
			t = nil
		}
	}()
	if err := t.createQueue(ctx, o, account); err != nil {
		return t, err
	}
	for i, key := range slices.Sorted(maps.Keys(o.Rules)) {
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		name := t.name + "-" + strconv.FormatInt(int64(i), 36)
		if err := t.createRule(ctx, name, o.Stack, o.Rules[key]); err != nil {
			return t, err
		}
	}
	return t, ctx.Err()
}

// finished is for a step that is carried to its end though ctx ends meanwhile: else nobody would know whether it was
// done.
func finished(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), stepTime)
}

// createQueue has SQS manage the encryption, also where the stack has a key: that one admits EventBridge for the
// stack's queue alone.
func (t *Tail) createQueue(ctx context.Context, o Options, account string) error {
	ctx, cancel := finished(ctx)
	defer cancel()
	rules := strings.Replace(account, ":sqs:", ":events:", 1) + "rule/"
	if t.Bus != DefaultBus {
		rules += t.Bus + "/"
	}
	rules += t.name + "-*"
	policy, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"Service": "events.amazonaws.com"},
			"Action": "sqs:SendMessage", "Resource": t.arn,
			"Condition": map[string]any{"ArnLike": map[string]string{"aws:SourceArn": rules}},
		},
		map[string]any{
			"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": t.arn,
			"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
		},
	}})
	made, err := t.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &t.name, Tags: map[string]string{Tag: o.Stack, heartbeatTag: now()},
		Attributes: map[string]string{
			"Policy": string(policy), "MessageRetentionPeriod": retention, "SqsManagedSseEnabled": "true",
		},
	})
	if err != nil {
		return fmt.Errorf("create the queue %s: %w", t.name, err)
	}
	t.url = aws.ToString(made.QueueUrl)
	return nil
}

// createRule makes a rule that sends to the queue.
func (t *Tail) createRule(ctx context.Context, name, stack string, r Rule) error {
	ctx, cancel := finished(ctx)
	defer cancel()
	t.rules = append(t.rules, name) // before it is made: whether it is, is not sure when the answer is lost
	in := &eventbridge.PutRuleInput{
		Name: &name, EventBusName: &t.Bus, Description: aws.String("a look at the events of " + stack),
		Tags: []eventtypes.Tag{{Key: aws.String(Tag), Value: &stack}},
	}
	if r.Schedule != "" {
		in.ScheduleExpression = &r.Schedule
	} else {
		in.EventPattern = &r.Pattern
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
		return fmt.Errorf("have the rule %s send to the queue: %w", name, err)
	}
	return nil
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }
