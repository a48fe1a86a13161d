// Package queue uses one SQS queue: it receives messages, deletes them or extends their visibility timeouts in batches
// of ten, and copies messages to the dead-letter queue.
package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// MaxBatch is how many messages one SQS call can send or return (quota of SQS).
const MaxBatch = 10

// MaxHold is how long a message can be kept invisible after its receive (quota of SQS: 12 hours in total).
const MaxHold = 12 * time.Hour

// minVisibility is the shortest visibility timeout with which a lease can be renewed in time: a call may take a quarter
// of a second and may have to be repeated. With the shorter ones that a queue may have, 0 and 1 s, others could receive
// a message that is still being delivered.
const minVisibility = 2 * time.Second

// Options name a queue. URL takes precedence over Name.
type Options struct {
	Name, URL     string
	DeadLetterURL string   // where DeadLetter sends; may be empty
	Attributes    []string // message attributes that Message.Attribute can return
	// Credentials is called when SQS has refused the credentials, and loads the SDK's chain again. If it is nil, those of
	// the configuration are kept.
	Credentials func(context.Context) (aws.CredentialsProvider, error)
}

// Queue is an open queue. It is safe for concurrent use.
type Queue struct {
	URL string
	// Visibility is the timeout that each receive asks for: the queue's own at the time of Open, or minVisibility if that
	// is longer.
	Visibility        time.Duration
	HasRedrivePolicy  bool
	FIFO              bool
	MaxSize           int // of a message, its attributes included
	DeadLetterURL     string
	DeadLetterMaxSize int // MaxSize of the dead-letter queue

	client  *sqs.Client
	fast    *fastClient
	receive []byte // the beginning of every receive's JSON body
}

// Open finds the queue and reads its attributes and those of its dead-letter queue.
func Open(ctx context.Context, config aws.Config, o Options) (*Queue, error) {
	client := HTTPClient(config)
	config.HTTPClient = client
	q := &Queue{URL: o.URL, DeadLetterURL: o.DeadLetterURL}
	credentials := newChain(config.Credentials, o.Credentials)
	config.Credentials = credentials
	q.client = sqs.NewFromConfig(config, func(c *sqs.Options) {
		if c.BaseEndpoint == nil {
			c.BaseEndpoint = endpointOf(o.URL)
		}
	})
	var err error
	if q.fast, err = newFastClient(ctx, client, credentials, q.client.Options()); err != nil {
		return nil, err
	}
	if q.URL == "" {
		found, err := q.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &o.Name})
		if err != nil {
			return nil, fmt.Errorf("find queue %s: %w", o.Name, orNotFound(err))
		}
		q.URL = aws.ToString(found.QueueUrl)
	}
	own, _, err := Attributes(ctx, q.client, q.URL)
	if err != nil {
		return nil, err
	}
	if err := q.setAttributes(own); err != nil {
		return nil, err
	}
	if q.DeadLetterURL == "" {
		q.receive = receiveRequest(q.URL, q.Visibility, o.Attributes)
		return q, nil
	}
	q.receive = receiveRequest(q.URL, q.Visibility, []string{"All"}) // so that a dead letter gets them, too
	return q, q.checkDeadLetter(ctx, own, config.Region)
}

// Attributes reads the attributes of a queue, and the time at SQS in seconds. Its error names the queue.
func Attributes(ctx context.Context, client *sqs.Client, url string) (map[string]string, time.Time, error) {
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		// Asking only for FifoQueue is an error with a standard queue.
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read attributes of queue %s: %w", url, orNotFound(err))
	}
	now, stated := awsmiddleware.GetServerTime(got.ResultMetadata)
	if !stated {
		now = time.Now()
	}
	return got.Attributes, now, nil
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
	dead, _, err := Attributes(ctx, q.client, q.DeadLetterURL)
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

// endpointOf returns the endpoint in a queue's URL, which may be one that the SDK would not choose by itself: a VPC
// endpoint, or one for FIPS or IPv6. It returns nil for host names that are not AWS's, and for those that older SDKs
// wrote, because AWS's certificates do not cover all of them.
func endpointOf(queueURL string) *string {
	u, err := url.Parse(queueURL)
	if err != nil || RegionOf(queueURL) == "" || strings.Contains("."+strings.ToLower(u.Host), ".queue.") {
		return nil
	}
	return aws.String("https://" + u.Host)
}

// orNotFound replaces SQS's error for a missing queue.
func orNotFound(err error) error {
	if _, ok := errors.AsType[*types.QueueDoesNotExist](err); ok {
		return ErrNotFound
	}
	return err
}
