package tail

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// deadAfter is the time without a heartbeat after which a tail command counts as killed. Tests change it.
var deadAfter = 5 * time.Minute

// Sweep removes the resources of tail commands that have recorded no heartbeat for a long time, and returns the names
// of their queues.
func (c Clients) Sweep(ctx context.Context) (swept []string, err error) {
	all, err := c.All(ctx)
	if err != nil {
		return nil, err
	}
	alive := map[string]bool{}
	for _, f := range all {
		seen, _ := strconv.ParseInt(f.Tags[heartbeatTag], 10, 64)
		if time.Since(time.Unix(seen, 0)) < deadAfter {
			alive[tailOf(f)] = true
		}
	}
	dead := slices.DeleteFunc(all, func(f inventory.Found) bool { return alive[tailOf(f)] })
	if err := c.removeAll(ctx, dead); err != nil {
		return nil, err
	}
	for _, f := range dead {
		swept = append(swept, tailOf(f))
	}
	slices.Sort(swept)
	return slices.Compact(swept), nil
}

// tailOf returns the name of the queue of the tail command that a resource belongs to. In the names of its rules, a
// dash and a number follow that name.
func tailOf(f inventory.Found) string {
	if f.Type == inventory.RuleType {
		return f.Name[:strings.LastIndex(f.Name, "-")]
	}
	return f.Name
}

// All finds the rules and the queues of all tail commands for the stack, running or killed, by their names and tags.
func (c Clients) All(ctx context.Context) ([]inventory.Found, error) {
	all, err := c.Rules(ctx, c.Bus, c.prefix(), Tag, c.Stack, nil)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for i, rule := range all {
		all[i].Targets = []string{target}
		names[tailOf(rule)] = true // because SQS lists a new queue late
	}
	pages := sqs.NewListQueuesPaginator(c.SQS, &sqs.ListQueuesInput{
		QueueNamePrefix: aws.String(c.prefix()), MaxResults: aws.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for the queues of tail commands: %w", err)
		}
		for _, url := range page.QueueUrls {
			names[path.Base(url)] = true
		}
	}
	for name := range names {
		queue, err := c.Find(ctx, inventory.QueueType, map[string]any{"name": name})
		if err != nil {
			return nil, err
		}
		if queue != nil && queue.Tags[Tag] == c.Stack { // another queue can have such a name
			all = append(all, *queue)
		}
	}
	return all, nil
}

// removeAll removes resources of tail commands in the order of the list, in which rules must come before queues.
func (c Clients) removeAll(ctx context.Context, all []inventory.Found) error {
	var errs []error
	for _, f := range all {
		errs = append(errs, c.Remove(ctx, f))
	}
	return errors.Join(errs...)
}
