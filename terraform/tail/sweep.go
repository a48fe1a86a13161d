package tail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/gofrs/flock"
)

// deadAfter is how long a tail of another machine may say nothing before it counts as dead; Heartbeat says something
// each minute.
const deadAfter = 5 * time.Minute

// Resources is what one tail has made.
type Resources struct {
	Name  string // the queue's, and the beginning of the rules'
	URL   string // empty where there is no queue
	Rules []string
	seen  time.Time
}

// Target is the id of the target that each of the rules has.
const Target = target

// Find finds what all tails of a stack have made, dead or alive, by names and tags.
func (c Clients) Find(ctx context.Context, stack string) ([]Resources, error) {
	found := map[string]*Resources{}
	if err := c.findQueues(ctx, stack, found); err != nil {
		return nil, fmt.Errorf("look for the queues of a tail: %w", err)
	}
	if err := c.findRules(ctx, stack, found); err != nil {
		return nil, fmt.Errorf("look for the rules of a tail: %w", err)
	}
	var all []Resources
	for _, l := range found {
		all = append(all, *l)
	}
	return all, nil
}

func (c Clients) findQueues(ctx context.Context, stack string, found map[string]*Resources) error {
	pages := sqs.NewListQueuesPaginator(c.SQS, &sqs.ListQueuesInput{
		QueueNamePrefix: aws.String(prefix(stack)), MaxResults: aws.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, url := range page.QueueUrls {
			if err := c.findQueue(ctx, stack, url, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// findQueue looks at a queue's tags: a name alone may be somebody else's.
func (c Clients) findQueue(ctx context.Context, stack, url string, found map[string]*Resources) error {
	tags, err := c.SQS.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
	if err != nil {
		return unlessMissing(err)
	}
	if tags.Tags[Tag] == stack {
		seconds, _ := strconv.ParseInt(tags.Tags[heartbeatTag], 10, 64)
		found[path.Base(url)] = &Resources{Name: path.Base(url), URL: url, seen: time.Unix(seconds, 0)}
	}
	return nil
}

func (c Clients) findRules(ctx context.Context, stack string, found map[string]*Resources) error {
	in := &eventbridge.ListRulesInput{EventBusName: &c.Bus, NamePrefix: aws.String(prefix(stack))}
	for {
		page, err := c.Events.ListRules(ctx, in)
		if err != nil {
			return err
		}
		for _, rule := range page.Rules {
			tags, err := c.Events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: rule.Arn})
			if err != nil {
				return err
			}
			for _, tag := range tags.Tags {
				if aws.ToString(tag.Key) == Tag && aws.ToString(tag.Value) == stack {
					name := aws.ToString(rule.Name)
					of := name[:max(0, strings.LastIndex(name, "-"))]
					if found[of] == nil {
						if err := c.findUnlisted(ctx, stack, of, found); err != nil {
							return err
						}
					}
					found[of].Rules = append(found[of].Rules, name)
				}
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return nil
		}
	}
}

// findUnlisted looks by name for a queue that was not in the list: SQS lists a new one late.
func (c Clients) findUnlisted(ctx context.Context, stack, name string, found map[string]*Resources) error {
	queue, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err == nil {
		err = c.findQueue(ctx, stack, aws.ToString(queue.QueueUrl), found)
	}
	if found[name] == nil {
		found[name] = &Resources{Name: name}
	}
	return unlessMissing(err)
}

// Sweep removes what tails have made whose processes are dead, and returns their names. On this machine a lock tells;
// of others those count as dead that have been silent for long.
func (c Clients) Sweep(ctx context.Context, stack, folder string) (swept []string, err error) {
	all, err := c.Find(ctx, stack)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, l := range all {
		dead, unlock := l.dead(folder)
		if !dead {
			continue
		}
		if err := c.Remove(ctx, l); err != nil {
			errs = append(errs, err)
		} else {
			_ = os.Remove(lockOf(folder, l.Name))
			swept = append(swept, l.Name)
		}
		unlock()
	}
	return swept, errors.Join(errs...)
}

// Remove removes what a tail has made.
func (c Clients) Remove(ctx context.Context, l Resources) error {
	var errs []error
	for _, rule := range l.Rules {
		errs = append(errs, c.removeRule(ctx, rule))
	}
	return errors.Join(append(errs, c.removeQueue(ctx, l.Name, l.URL))...)
}

func (l *Resources) dead(folder string) (dead bool, unlock func()) {
	file := lockOf(folder, l.Name)
	if _, err := os.Stat(file); err != nil {
		return time.Since(l.seen) > deadAfter, func() {}
	}
	lock := flock.New(file)
	dead, err := lock.TryLock()
	return dead && err == nil, func() { _ = lock.Unlock() }
}

func lockOf(folder, name string) string { return filepath.Join(folder, name+".lock") }
