package tail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
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

// Find finds what all tails of a stack have made, dead or alive, by names and tags.
func (c Clients) Find(ctx context.Context, stack string) ([]Resources, error) {
	rules, err := c.findRules(ctx, stack)
	if err != nil {
		return nil, fmt.Errorf("look for the rules of a tail: %w", err)
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
			name := path.Base(url)
			if _, there := rules[name]; !there {
				rules[name] = nil
			}
		}
	}
	var all []Resources
	for name, list := range rules {
		l := Resources{Name: name, Rules: list}
		if err := c.findQueue(ctx, stack, &l); err != nil {
			return nil, fmt.Errorf("look for the queue of a tail: %w", err)
		}
		if l.URL != "" || len(l.Rules) > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

// findQueue looks for a queue by its name, since SQS lists a new one late, and at its tags, since a name alone may be
// somebody else's.
func (c Clients) findQueue(ctx context.Context, stack string, l *Resources) error {
	queue, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &l.Name})
	if err != nil {
		return unlessMissing(err)
	}
	tags, err := c.SQS.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		return unlessMissing(err)
	}
	if tags.Tags[Tag] == stack {
		seconds, _ := strconv.ParseInt(tags.Tags[heartbeatTag], 10, 64)
		l.URL, l.seen = aws.ToString(queue.QueueUrl), time.Unix(seconds, 0)
	}
	return nil
}

// findRules are the rules of a stack's tails, by the names of their queues.
func (c Clients) findRules(ctx context.Context, stack string) (map[string][]string, error) {
	found := map[string][]string{}
	in := &eventbridge.ListRulesInput{EventBusName: &c.Bus, NamePrefix: aws.String(prefix(stack))}
	for {
		page, err := c.Events.ListRules(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, rule := range page.Rules {
			tags, err := c.Events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: rule.Arn})
			if err != nil {
				return nil, err
			}
			name := aws.ToString(rule.Name)
			tagged := slices.ContainsFunc(tags.Tags, func(t types.Tag) bool {
				return aws.ToString(t.Key) == Tag && aws.ToString(t.Value) == stack
			})
			if dash := strings.LastIndex(name, "-"); tagged && dash >= 0 {
				found[name[:dash]] = append(found[name[:dash]], name)
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return found, nil
		}
	}
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
