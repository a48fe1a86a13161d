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
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// Tag is on all that a tail makes; its value is the stack's name.
	Tag = "dispatch-events-aws:tail"
	// heartbeatTag is on its queue, and from the beginning on its rules, of which a new queue may not be found yet: when
	// its process was last alive, in seconds since 1970.
	heartbeatTag = "dispatch-events-aws:tail-seen"

	target       = "tail" // id of a rule's one target
	suffixLength = 4
	stepTime     = 20 * time.Second
	closeTime    = time.Minute
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
	QueueARN string // of the stack; it tells partition, region and account
	Rules    []Rule // the stack's
}

// Tail is an open look.
type Tail struct {
	Clients
	Resources // rules are among them before they are made: whether they are, is not sure when an answer is lost
	arn       string
	stop      func() // ends the heartbeat
}

// prefix begins the names of all that tails of a stack make, and no other: a stack's name has no underscore, and its
// rules go on with a dot. There is room for it: a stack's name leaves 13 of the 64 characters of a rule's.
func prefix(stack string) string { return stack + "_tail-" }

// Open makes the queue and the rules. When it cannot, or ctx ends, it removes what it has made.
func (c Clients) Open(ctx context.Context, o Options) (*Tail, error) {
	t := &Tail{Clients: c, stop: func() {}}
	t.Name = prefix(o.Stack) + strings.ToLower(rand.Text()[:suffixLength])
	if err := t.create(ctx, o); err != nil {
		return nil, errors.Join(err, t.Close(ctx))
	}
	alive, end := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { t.heartbeat(alive) })
	t.stop = func() {
		end()
		background.Wait()
	}
	return t, nil
}

func (t *Tail) create(ctx context.Context, o Options) error {
	if err := t.createQueue(ctx, o); err != nil {
		return err
	}
	for i, rule := range o.Rules {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := t.createRule(ctx, t.Name+"-"+strconv.FormatInt(int64(i), 36), o.Stack, rule); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// finished is for a step that is carried to its end though ctx ends meanwhile: else nobody would know whether it was
// done.
func finished(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), stepTime)
}

// createQueue has SQS manage the encryption, also where the stack has a key: that one admits EventBridge for the
// stack's queue alone.
func (t *Tail) createQueue(ctx context.Context, o Options) error {
	ctx, cancel := finished(ctx)
	defer cancel()
	account := o.QueueARN[:strings.LastIndex(o.QueueARN, ":")+1]
	t.arn = account + t.Name
	rules := strings.Replace(account, ":sqs:", ":events:", 1) + "rule/"
	if t.Bus != DefaultBus {
		rules += t.Bus + "/"
	}
	rules += t.Name + "-*"
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
		QueueName: &t.Name, Tags: map[string]string{Tag: o.Stack, heartbeatTag: now()},
		Attributes: map[string]string{
			"Policy": string(policy), "MessageRetentionPeriod": retention, "SqsManagedSseEnabled": "true",
		},
	})
	if err != nil {
		return fmt.Errorf("create the queue %s: %w", t.Name, err)
	}
	t.URL = aws.ToString(made.QueueUrl)
	return nil
}

// createRule makes a rule that sends to the queue.
func (t *Tail) createRule(ctx context.Context, name, stack string, r Rule) error {
	ctx, cancel := finished(ctx)
	defer cancel()
	t.Rules = append(t.Rules, name)
	in := &eventbridge.PutRuleInput{
		Name: &name, EventBusName: &t.Bus, Description: aws.String("a look at the events of " + stack),
		Tags: []eventtypes.Tag{
			{Key: aws.String(Tag), Value: &stack}, {Key: aws.String(heartbeatTag), Value: aws.String(now())},
		},
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

// heartbeat says each minute that the process lives, until ctx ends.
func (t *Tail) heartbeat(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			alive := &sqs.TagQueueInput{QueueUrl: &t.URL, Tags: map[string]string{heartbeatTag: now()}}
			_, _ = t.SQS.TagQueue(ctx, alive) // five in a row may fail
		}
	}
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }

// ErrGone is returned when the queue has been removed under the look, as down does.
var ErrGone = errors.New("the queue of this look is gone: was the stack taken down?")

// Receive waits for events, and takes those that it returns out of the queue. It blocks until some come, ctx ends, or
// nothing has come for 20 seconds.
func (t *Tail) Receive(ctx context.Context) ([]types.Message, error) {
	got, err := t.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &t.URL, MaxNumberOfMessages: 10, WaitTimeSeconds: 20,
	})
	if missing := new(types.QueueDoesNotExist); errors.As(err, &missing) {
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
	if len(entries) > 0 { // what is not deleted is shown twice, which does no harm
		_, _ = t.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &t.URL, Entries: entries})
	}
	return got.Messages, nil
}

// Close removes what Open has made, the rules first. ctx may have ended already.
func (t *Tail) Close(ctx context.Context) error {
	t.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := t.Remove(ctx, t.Resources); err != nil {
		return fmt.Errorf("something is left, which a tail in %s removes, and so does down: %w", deadAfter, err)
	}
	return nil
}
