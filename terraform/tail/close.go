package tail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	closeTime  = time.Minute // for all of it
	closeTries = 4           // of each: EventBridge may not know yet that a rule's target is gone
)

var closePause = time.Second

// Close removes what Open has made, the rules first. ctx may have ended already.
func (t *Tail) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	err := t.Remove(ctx, Resources{Name: t.name, URL: t.url, Rules: t.rules})
	if err == nil {
		_ = os.Remove(t.lock.Path())
	}
	_ = t.lock.Unlock()
	return err
}

// Remove removes what a tail has made, the rules first.
func (c Clients) Remove(ctx context.Context, l Resources) error {
	var errs []error
	for _, rule := range l.Rules {
		errs = append(errs, c.removeRule(ctx, rule))
	}
	return errors.Join(append(errs, c.removeQueue(ctx, l.Name, l.URL))...)
}

// removeRule removes a rule with its target; that there is none is as good.
func (c Clients) removeRule(ctx context.Context, rule string) error {
	err := repeat(ctx, func() error {
		_, err := c.Events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
			Rule: &rule, EventBusName: &c.Bus, Ids: []string{target},
		})
		if gone := new(eventtypes.ResourceNotFoundException); err != nil && !errors.As(err, &gone) {
			return err
		}
		_, err = c.Events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule, EventBusName: &c.Bus})
		if gone := new(eventtypes.ResourceNotFoundException); errors.As(err, &gone) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete the rule %s: %w", rule, err)
	}
	return nil
}

// removeQueue deletes a queue by its URL, or by its name where no answer told the URL.
func (c Clients) removeQueue(ctx context.Context, name, url string) error {
	err := repeat(ctx, func() error {
		if url == "" {
			found, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			if err != nil {
				return unlessMissing(err)
			}
			url = aws.ToString(found.QueueUrl)
		}
		_, err := c.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		return unlessMissing(err)
	})
	if err != nil {
		return fmt.Errorf("delete the queue %s: %w", name, err)
	}
	return nil
}

func unlessMissing(err error) error {
	if missing := new(sqstypes.QueueDoesNotExist); errors.As(err, &missing) {
		return nil
	}
	return err
}

func repeat(ctx context.Context, do func() error) (err error) {
	for range closeTries {
		if err = do(); err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(closePause):
		}
	}
	return err
}
