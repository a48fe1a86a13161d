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

// openTime bounds the look at the queue at the start.
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
		return nil, fmt.Errorf("find AWS credentials: %w\ngive AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a "+
			"role or a profile gives them", err)
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
		log.Warn("refused events that are larger than the dead-letter queue takes are left to the queue's redrive policy",
			zap.Int("queue_max_bytes", q.MaxSize), zap.Int("dead_letter_queue_max_bytes", q.DeadLetterMaxSize))
	}
	if q.MaxReceives == 0 && q.DeadLetterURL == "" {
		log.Warn("refused events will come again and again: the queue has no redrive policy and DEAD_LETTER_QUEUE_URL is " +
			"not given")
	}
	return q, nil
}

// openError adds what to do. It proposes to make a stack only where the queue is looked up by name, and says where that
// was: a stack that lives in another region must not get a second one beside it.
func (s *Settings) openError(err error) error {
	switch {
	case errors.Is(err, queue.ErrDeadLetter):
		return fmt.Errorf(
			"%w\nDEAD_LETTER_QUEUE_URL names it; without it the queue's redrive policy takes what is refused", err,
		)
	case errors.Is(err, queue.ErrNotFound) && s.QueueURL != "":
		return fmt.Errorf("%w\nQUEUE_URL names it: make outputs prints the URL of the stack's queue", err)
	case errors.Is(err, queue.ErrNotFound):
		return fmt.Errorf("%w in %s (region from %s)\nif the stack is in another region, give REGION; if there is no "+
			"stack yet: make up REGION=%s PATTERNS=examples/event-patterns.json",
			err, s.Region, s.regionFrom, s.Region)
	}
	return err
}

// chooseRegion takes the region from the queue's URL, which knows it, and else in the SDK's order.
func (s *Settings) chooseRegion() (problems []string) {
	given := s.Region
	s.Region, s.regionFrom = settings.Region(given)
	of := queue.RegionOf(s.QueueURL)
	if of == "" {
		return nil
	}
	if given != "" && given != of {
		return []string{fmt.Sprintf(
			"REGION is %q and QUEUE_URL is in %s: without REGION that of QUEUE_URL is taken", given, of,
		)}
	}
	s.Region, s.regionFrom = of, "QUEUE_URL"
	return nil
}

// OfStack has the forwarder read a stack's queue, whatever the settings say.
func (s *Settings) OfStack(region, queueURL, deadLetterURL string) {
	s.Region, s.regionFrom, s.QueueURL, s.DeadLetterQueueURL = region, "the stack", queueURL, deadLetterURL
}
