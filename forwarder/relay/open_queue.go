package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// openTime is how long opening the queue may take at startup.
const openTime = 20 * time.Second

func openQueue(ctx context.Context, s *Settings, log *zap.Logger) (*queue.Queue, error) {
	load := func(ctx context.Context) (aws.Config, error) {
		return config.LoadDefaultConfig(ctx, config.WithRegion(s.Region))
	}
	loaded, err := load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load AWS configuration: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w\nset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run the "+
			"forwarder with a role or a profile", err)
	}
	q, err := queue.Open(ctx, loaded, queue.Options{
		Name: s.QueueName, URL: s.QueueURL, DeadLetterURL: s.DeadLetterQueueURL, Attributes: s.attributeNames(),
		Credentials: func(ctx context.Context) (aws.CredentialsProvider, error) {
			again, err := load(ctx)
			return again.Credentials, err
		},
	})
	if err != nil {
		return nil, s.openError(err)
	}
	if q.DeadLetterURL != "" && q.DeadLetterMaxSize < q.MaxSize {
		log.Warn("refused events that are too large for the dead-letter queue will be left to the queue's redrive policy",
			zap.Int("queue_max_bytes", q.MaxSize), zap.Int("dead_letter_queue_max_bytes", q.DeadLetterMaxSize))
	}
	if !q.HasRedrivePolicy && q.DeadLetterURL == "" {
		log.Warn("refused events will come again and again: the queue has no redrive policy and DEAD_LETTER_QUEUE_URL is " +
			"not set")
	}
	return q, nil
}

// openError adds to err what the user can do. It suggests creating a stack only if the queue was looked up by name, and
// names the region that was searched, so that nobody creates a second stack because the first is in another region.
func (s *Settings) openError(err error) error {
	switch {
	case errors.Is(err, queue.ErrDeadLetter):
		return fmt.Errorf(
			"%w\ncheck DEAD_LETTER_QUEUE_URL; without it, refused events are left to the queue's redrive policy", err,
		)
	case errors.Is(err, queue.ErrNotFound) && s.QueueURL != "":
		return fmt.Errorf("%w\ncheck QUEUE_URL: 'stack outputs' prints the URL of the stack's queue", err)
	case errors.Is(err, queue.ErrNotFound):
		return fmt.Errorf("%w in %s (region from %s)\nif the stack is in another region, set REGION; if there is no "+
			"stack yet, create one with 'stack up --region=%[2]s --patterns=FILE' (in a checkout, "+
			"examples/event-patterns.json is such a file)", err, s.Region, s.regionFrom)
	}
	return err
}

// chooseRegion sets the region to the one in QUEUE_URL, if it has one, or to what settings.Region returns. A REGION
// that contradicts QUEUE_URL is an error.
func (s *Settings) chooseRegion(refuse func(format string, args ...any)) {
	given := s.Region
	s.Region, s.regionFrom = settings.Region(given)
	of := queue.RegionOf(s.QueueURL)
	switch {
	case of == "":
	case given != "" && given != of:
		refuse("REGION is %q but the queue of QUEUE_URL is in %s: leave REGION out to use that region", given, of)
	default:
		s.Region, s.regionFrom = of, "QUEUE_URL"
	}
}
