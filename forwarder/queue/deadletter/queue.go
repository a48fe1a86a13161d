// Package deadletter reads the dead-letter queues of a stack, sends what is in them back through its main queue, and
// throws it away. SQS can only be looked into by receiving: what is received is hidden from others, so it is held no
// longer than the look takes and then given back, however the look ends.
package deadletter

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

const (
	hold     = time.Minute      // what a killed look hides for at most; renewed while the look lasts
	callTime = 20 * time.Second // one call with its retries; Ctrl-C waits for one to end
	tries    = 5                // of a call that is throttled or cut
)

// Queues are a stack's queue and those for its dead letters.
type Queues struct {
	main   *one
	dead   []*one
	client *sqs.Client
}

// one is one of them.
type one struct {
	name, url string
	fifo      bool
	count     int // about how many messages it had when it was opened, held or not
}

// RedriveError is returned for a dead-letter queue that has a redrive policy of its own: looking would move its letters
// on.
type RedriveError struct{ Queue string }

func (e *RedriveError) Error() string {
	return "the dead-letter queue " + e.Queue + " has a redrive policy of its own: each look would count as a receive"
}

// Hint says what to do.
func (e *RedriveError) Hint() string {
	return "remove that policy; the stack makes the queue without one"
}

// Open looks at the queues. Empty URLs are left out.
func Open(ctx context.Context, config aws.Config, main string, dead ...string) (*Queues, error) {
	config.HTTPClient = queue.HTTPClient(config)
	config.Retryer = func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), tries) }
	qs := &Queues{client: sqs.NewFromConfig(config)}
	for i, url := range append([]string{main}, dead...) {
		if url == "" {
			continue
		}
		q, policy, err := qs.describe(ctx, url)
		switch {
		case err != nil:
			return nil, err
		case i == 0:
			qs.main = q
		case policy != "":
			return nil, &RedriveError{Queue: q.name}
		default:
			qs.dead = append(qs.dead, q)
		}
	}
	return qs, nil
}

func (qs *Queues) describe(ctx context.Context, url string) (*one, string, error) {
	q := &one{name: path.Base(url), url: url}
	said, err := qs.attributes(ctx, q)
	if missing := new(types.QueueDoesNotExist); errors.As(err, &missing) {
		return nil, "", fmt.Errorf("look at the queue %s: it is not there", q.name)
	}
	if err != nil {
		return nil, "", err
	}
	q.fifo, q.count = said["FifoQueue"] == "true", total(said)
	return q, said["RedrivePolicy"], nil
}

func (qs *Queues) attributes(ctx context.Context, q *one) (map[string]string, error) {
	said, err := qs.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}, // FifoQueue alone is refused on others
	})
	if err != nil {
		return nil, fmt.Errorf("look at the queue %s: %w", q.name, err)
	}
	return said.Attributes, nil
}

// total is about how many messages a queue has, also those that somebody holds.
func total(attributes map[string]string) (n int) {
	for _, name := range []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	} {
		part, _ := strconv.Atoi(attributes[string(name)])
		n += part
	}
	return n
}

// Main is the name of the stack's queue.
func (qs *Queues) Main() string { return qs.main.name }

// Count is about how many dead letters there were when the queues were opened.
func (qs *Queues) Count() (n int) {
	for _, q := range qs.dead {
		n += q.count
	}
	return n
}

// Left is about how many dead letters there are now.
func (qs *Queues) Left(ctx context.Context) (n int, err error) {
	for _, q := range qs.dead {
		said, err := qs.attributes(ctx, q)
		if err != nil {
			return 0, err
		}
		n += total(said)
	}
	return n, nil
}

// receive is not cut off by ctx's end: what an answer that is lost brought would stay hidden.
func (qs *Queues) receive(ctx context.Context, q *one) ([]types.Message, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	got, err := qs.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: queue.MaxBatch, WaitTimeSeconds: 1, // a long poll, which asks all of SQS's servers
		VisibilityTimeout: int32(hold / time.Second), MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", q.name, err)
	}
	return got.Messages, nil
}

// remove deletes one message; it, too, is done when it is begun.
func (qs *Queues) remove(ctx context.Context, q *one, receipt *string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	if _, err := qs.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: receipt}); err != nil {
		return fmt.Errorf("delete from %s: %w", q.name, err)
	}
	return nil
}
