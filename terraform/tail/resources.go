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
	// heartbeatEvery is how often a tail says that its process lives.
	heartbeatEvery = time.Minute
	// deadAfter is how long a tail may say nothing before it counts as dead.
	deadAfter = 5 * time.Minute
)

// Resources is what one tail has made.
type Resources struct {
	Name  string // the queue's, and the beginning of the rules'
	URL   string // empty where there is no queue, or its URL is not known
	Rules []string
	seen  time.Time // alive, which the queue tells, and of a tail that has only begun its rules
}

// Sweep removes what tails have made whose processes have been silent for long, and returns their names.
func (c Clients) Sweep(ctx context.Context, stack string) (swept []string, err error) {
	return c.sweep(ctx, stack, time.Now().Add(-deadAfter))
}

func (c Clients) sweep(ctx context.Context, stack string, silentSince time.Time) (swept []string, err error) {
	all, err := c.Find(ctx, stack)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, r := range all {
		if r.seen.After(silentSince) {
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

// Find finds what all tails of a stack have made, dead or alive, by names and tags.
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
			return nil, fmt.Errorf("look for the queues of a tail: %w", err)
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

// named is the tail of that name among those that were found.
func named(found map[string]*Resources, name string) *Resources {
	if found[name] == nil {
		found[name] = &Resources{Name: name}
	}
	return found[name]
}

// findQueue looks for a queue by its name, since SQS lists a new one late, and at its tags, since a name alone may be
// somebody else's.
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

// TaggedRules are the rules of the bus whose names begin with prefix and that have a tag of this value: by name, with
// all their tags. It does not look at those that are known.
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
				continue // another stack's, whose name begins alike; or gone meanwhile
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

// Remove removes what a tail has made, the rules first.
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

// removeRule removes a rule with its target. EventBridge may not know yet that the target is gone, and refuses the
// deletion as not valid.
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

// removeQueue deletes a queue by its URL, or by its name where no answer told the URL.
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

// unlessMissing takes it for no error that there is no such rule or queue.
func unlessMissing(err error) error {
	noRule, noQueue := new(types.ResourceNotFoundException), new(sqstypes.QueueDoesNotExist)
	if errors.As(err, &noRule) || errors.As(err, &noQueue) {
		return nil
	}
	return err
}
