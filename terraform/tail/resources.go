package tail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const (
	// heartbeatEvery is how often a tail records that its process is alive.
	heartbeatEvery = time.Minute
	// deadAfter is the time without a heartbeat after which a tail counts as dead.
	deadAfter = 5 * time.Minute
)

// Resources are the resources that one tail has created.
type Resources struct {
	Name  string // the name of the queue, with which the names of the rules begin
	URL   string // empty if there is no queue, or its URL is not known
	Rules []string
	seen  time.Time // when its process was last alive, according to the tags of the queue and of the rules
}

// Sweep removes the resources of tails whose processes have recorded no heartbeat for a long time, and returns the
// names of these tails.
func (c Clients) Sweep(ctx context.Context, stack string) (swept []string, err error) {
	return c.sweep(ctx, stack, time.Now().Add(-deadAfter))
}

func (c Clients) sweep(ctx context.Context, stack string, deadBefore time.Time) (swept []string, err error) {
	all, err := c.Find(ctx, stack)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, r := range all {
		if r.seen.After(deadBefore) {
			continue
		}
		if err := c.Remove(ctx, r); err != nil {
			errs = append(errs, err)
			continue
		}
		swept = append(swept, r.Name)
	}
	return swept, errors.Join(errs...)
}

// Find finds the resources of all tails of a stack, dead or alive, by their names and tags.
func (c Clients) Find(ctx context.Context, stack string) (all []Resources, err error) {
	tagged, err := c.TaggedRules(ctx, prefix(stack), Tag, stack, nil)
	if err != nil {
		return nil, err
	}
	found := map[string]*Resources{}
	for _, name := range slices.Sorted(maps.Keys(tagged)) {
		if dash := strings.LastIndex(name, "-"); dash >= 0 {
			r := named(found, name[:dash])
			r.Rules = append(r.Rules, name)
			r.sawAlive(tagged[name])
		}
	}
	pages := sqs.NewListQueuesPaginator(c.SQS, &sqs.ListQueuesInput{
		QueueNamePrefix: aws.String(prefix(stack)), MaxResults: aws.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for the queues of tails: %w", err)
		}
		for _, url := range page.QueueUrls {
			named(found, path.Base(url))
		}
	}
	for _, r := range found {
		if err := c.findQueue(ctx, stack, r); err != nil {
			return nil, fmt.Errorf("look for the queue of a tail: %w", err)
		}
		if r.URL != "" || len(r.Rules) > 0 {
			all = append(all, *r)
		}
	}
	return all, nil
}

// named returns the entry of that name in found, and adds it if there is none.
func named(found map[string]*Resources, name string) *Resources {
	if found[name] == nil {
		found[name] = &Resources{Name: name}
	}
	return found[name]
}

// findQueue looks for a queue by its name, because SQS lists a new queue late, and checks its tags, because another
// queue can have such a name.
func (c Clients) findQueue(ctx context.Context, stack string, r *Resources) error {
	queue, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &r.Name})
	if err != nil {
		return unlessMissing(err)
	}
	listed, err := c.SQS.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		return unlessMissing(err)
	}
	if listed.Tags[Tag] == stack {
		r.URL = aws.ToString(queue.QueueUrl)
		r.sawAlive(listed.Tags)
	}
	return nil
}

func (r *Resources) sawAlive(tags map[string]string) {
	seconds, _ := strconv.ParseInt(tags[heartbeatTag], 10, 64)
	if at := time.Unix(seconds, 0); at.After(r.seen) {
		r.seen = at
	}
}

// TaggedRules returns the rules on the bus whose names begin with prefix and whose tag has this value: all their tags,
// by name. It skips the rules in known.
func (c Clients) TaggedRules(
	ctx context.Context, prefix, tag, value string, known map[string]bool,
) (map[string]map[string]string, error) {
	tagged := map[string]map[string]string{}
	in := &eventbridge.ListRulesInput{EventBusName: &c.Bus, NamePrefix: &prefix}
	for {
		page, err := c.Events.ListRules(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the rules that begin with %s: %w", prefix, err)
		}
		for _, rule := range page.Rules {
			name := aws.ToString(rule.Name)
			if known[name] {
				continue
			}
			got, err := c.Events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: rule.Arn})
			var api smithy.APIError
			if errors.As(err, &api) && api.ErrorCode() == "AccessDeniedException" || err != nil && unlessMissing(err) == nil {
				continue // a rule of another stack, whose name begins alike; or one that was deleted meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("read the tags of the rule %s: %w", name, err)
			}
			tags := map[string]string{}
			for _, t := range got.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			if tags[tag] == value {
				tagged[name] = tags
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return tagged, nil
		}
	}
}

// Remove removes the resources of a tail, the rules first.
func (c Clients) Remove(ctx context.Context, r Resources) error {
	var errs []error
	for _, rule := range r.Rules {
		if err := c.removeRule(ctx, rule); err != nil {
			errs = append(errs, fmt.Errorf("delete the rule %s: %w", rule, err))
		}
	}
	if err := c.removeQueue(ctx, r.Name, r.URL); err != nil {
		errs = append(errs, fmt.Errorf("delete the queue %s: %w", r.Name, err))
	}
	return errors.Join(errs...)
}

// removeRule removes a rule and its target. EventBridge may not know yet that the target is removed, and then refuses
// the deletion with a ValidationException: the deletion is tried again.
func (c Clients) removeRule(ctx context.Context, rule string) error {
	_, err := c.Events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
		Rule: &rule, EventBusName: &c.Bus, Ids: []string{target},
	})
	if unlessMissing(err) != nil {
		return err
	}
	again := func(o *eventbridge.Options) { o.Retryer = retry.AddWithErrorCodes(o.Retryer, "ValidationException") }
	_, err = c.Events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule, EventBusName: &c.Bus}, again)
	return unlessMissing(err)
}

// removeQueue deletes a queue by its URL, or by its name if the URL is not known.
func (c Clients) removeQueue(ctx context.Context, name, url string) error {
	if url == "" {
		found, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		if err != nil {
			return unlessMissing(err)
		}
		url = aws.ToString(found.QueueUrl)
	}
	_, err := c.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	return unlessMissing(err)
}

// unlessMissing returns err, or nil if err says that the rule or queue does not exist.
func unlessMissing(err error) error {
	noRule, noQueue := new(types.ResourceNotFoundException), new(sqstypes.QueueDoesNotExist)
	if errors.As(err, &noRule) || errors.As(err, &noQueue) {
		return nil
	}
	return err
}
