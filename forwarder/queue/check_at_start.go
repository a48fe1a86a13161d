package queue

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Attributes reads the attributes of a queue. Its error names the queue.
func Attributes(ctx context.Context, client *sqs.Client, url string) (map[string]string, error) {
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		// Asking only for FifoQueue is an error with a standard queue.
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("read attributes of queue %s: %w", url, orNotFound(err))
	}
	return got.Attributes, nil
}

// setAttributes sets the fields of q that SQS's attributes of the queue determine.
func (q *Queue) setAttributes(attributes map[string]string) error {
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return fmt.Errorf("read attributes of queue %s: visibility timeout: %w", q.URL, err)
	}
	q.Visibility = max(time.Duration(seconds)*time.Second, minVisibility)
	q.FIFO = attributes["FifoQueue"] == "true"
	q.MaxSize = maxSize(attributes)
	q.HasRedrivePolicy = attributes["RedrivePolicy"] != ""
	return nil
}

// checkDeadLetter finds problems at the start that would otherwise show when the first event is refused, perhaps after
// weeks.
func (q *Queue) checkDeadLetter(ctx context.Context, own map[string]string, region string) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrDeadLetter, q.DeadLetterURL, fmt.Sprintf(format, args...))
	}
	if other := RegionOf(q.DeadLetterURL); other != "" && other != region {
		return refuse("it is in %s, but the queue that events are received from is in %s: both must be in the same region",
			other, region)
	}
	dead, err := Attributes(ctx, q.client, q.DeadLetterURL)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDeadLetter, err)
	}
	switch {
	case q.DeadLetterURL == q.URL, dead["QueueArn"] != "" && dead["QueueArn"] == own["QueueArn"]:
		return refuse("it is the queue that events are received from")
	case q.FIFO != (dead["FifoQueue"] == "true"):
		kind := map[bool]string{true: "FIFO", false: "standard"}
		return refuse("it is a %s queue, but the queue that events are received from is a %s queue: "+
			"both must be of the same kind", kind[!q.FIFO], kind[q.FIFO])
	}
	q.DeadLetterMaxSize = maxSize(dead)
	return nil
}

// maxSize returns the largest message size of a queue, in bytes; SQS's quota is 1 MiB.
func maxSize(attributes map[string]string) int {
	size, _ := strconv.Atoi(attributes["MaximumMessageSize"])
	return cmp.Or(size, 1<<20)
}
