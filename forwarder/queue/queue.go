// Package queue is one SQS queue as the forwarder uses it: receive, settle and extend in tens, and set a message aside in the
// dead-letter queue.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// MaxBatch is how many messages one SQS call takes or brings (quota of SQS).
const MaxBatch = 10

// MaxHold is how long a message can be kept invisible since its receive (quota of SQS: 12 hours in total).
const MaxHold = 12 * time.Hour

// leastVisibility is what it takes to renew a message in time: a call may need a quarter of a second, and a second try. With the shorter ones
// that a queue may have, 0 and 1 s, others see a message while it is on its way to the receiver.
const leastVisibility = 2 * time.Second

// ErrNotFound is returned by Open when no such queue exists.
var ErrNotFound = errors.New("no such queue")

// Options name a queue. URL wins over Name.
type Options struct {
	Name, URL     string
	DeadLetterURL string // where DeadLetter sends; may be empty
}

// Queue is an open queue. It is safe for concurrent use.
type Queue struct {
	URL           string
	Visibility    time.Duration // timeout that each receive asks for: the queue's own as it stood at Open, and at least leastVisibility
	MaxReceives   int           // of the redrive policy; 0 when there is none
	FIFO          bool
	DeadLetterURL string

	client *sqs.Client
	wire   *wire
}

// Open finds the queue and reads what it says of itself.
func Open(ctx context.Context, config aws.Config, o Options) (*Queue, error) {
	client := newHTTPClient(config)
	config.HTTPClient = client
	q := &Queue{URL: o.URL, DeadLetterURL: o.DeadLetterURL, client: sqs.NewFromConfig(config)}
	var err error
	if q.wire, err = newWire(ctx, client.client, q.client.Options()); err != nil {
		return nil, err
	}
	if q.URL == "" {
		found, err := q.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &o.Name})
		if err != nil {
			return nil, openError("find queue "+o.Name, err)
		}
		q.URL = aws.ToString(found.QueueUrl)
	}
	said, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		// Naming FifoQueue alone is an error on a standard queue.
		QueueUrl: &q.URL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, openError("read attributes of queue "+q.URL, err)
	}
	return q, q.describe(said.Attributes)
}

func (q *Queue) describe(attributes map[string]string) error {
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return fmt.Errorf("read attributes of queue %s: visibility timeout: %w", q.URL, err)
	}
	q.Visibility = max(time.Duration(seconds)*time.Second, leastVisibility)
	q.FIFO = attributes["FifoQueue"] == "true"
	if text := attributes["RedrivePolicy"]; text != "" {
		var policy struct {
			MaxReceiveCount json.Number `json:"maxReceiveCount"` // SQS writes it with and without quotes
		}
		if err := json.Unmarshal([]byte(text), &policy); err != nil {
			return fmt.Errorf("read attributes of queue %s: redrive policy: %w", q.URL, err)
		}
		q.MaxReceives, _ = strconv.Atoi(policy.MaxReceiveCount.String())
	}
	return nil
}

func openError(doing string, err error) error {
	var missing *types.QueueDoesNotExist
	if errors.As(err, &missing) {
		return fmt.Errorf("%s: %w", doing, ErrNotFound)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// once turns the SDK's own retries off where the forwarder's loops are the retry.
func once(o *sqs.Options) { o.Retryer = aws.NopRetryer{} }
