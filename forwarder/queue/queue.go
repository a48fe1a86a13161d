// Package queue is one SQS queue as the forwarder uses it: receive, settle and extend in tens, and set a message aside
// in the dead-letter queue.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
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

// minVisibility is what it takes to renew a message in time: a call may need a quarter of a second, and a second try.
// With the shorter ones that a queue may have, 0 and 1 s, others see a message while it is on its way to the receiver.
const minVisibility = 2 * time.Second

// Options name a queue. URL wins over Name.
type Options struct {
	Name, URL     string
	DeadLetterURL string   // where DeadLetter sends; may be empty
	Attributes    []string // message attributes that Message.Attribute is to know
	// Credentials loads the SDK's chain again; nil: those of the configuration are all there are.
	Credentials func(context.Context) (aws.CredentialsProvider, error)
}

// Queue is an open queue. It is safe for concurrent use.
type Queue struct {
	URL string
	// timeout that each receive asks for: the queue's own as it stood at Open, and at least minVisibility
	Visibility        time.Duration
	MaxReceives       int // of the redrive policy; 0 when there is none
	FIFO              bool
	MaxSize           int // of a message, its attributes included
	DeadLetterURL     string
	DeadLetterMaxSize int // MaxSize of the dead-letter queue

	client      *sqs.Client
	credentials *chain
	wire        *wire
	receive     []byte // what all receives begin with
}

// Open finds the queue and reads what it says of itself, and what its dead-letter queue says.
func Open(ctx context.Context, config aws.Config, o Options) (*Queue, error) {
	config.HTTPClient = HTTPClient(config)
	q := &Queue{
		URL:           o.URL,
		DeadLetterURL: o.DeadLetterURL,
		credentials:   newChain(config.Credentials, o.Credentials),
	}
	config.Credentials = q.credentials
	q.client = sqs.NewFromConfig(config, func(c *sqs.Options) {
		if c.BaseEndpoint == nil {
			c.BaseEndpoint = endpointOf(o.URL)
		}
	})
	var err error
	if q.wire, err = newWire(ctx, config.HTTPClient, q.credentials, q.client.Options()); err != nil {
		return nil, err
	}
	if q.URL == "" {
		found, err := q.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &o.Name})
		if err != nil {
			return nil, openError("find queue "+o.Name, err)
		}
		q.URL = aws.ToString(found.QueueUrl)
	}
	own, err := q.attributes(ctx, q.URL)
	if err != nil {
		return nil, openError("read attributes of queue "+q.URL, err)
	}
	if err := q.describe(own); err != nil {
		return nil, err
	}
	q.receive = receiveRequest(q.URL, q.Visibility, q.attributeNames(o.Attributes))
	if q.DeadLetterURL == "" {
		return q, nil
	}
	return q, q.checkDeadLetter(ctx, own, config.Region)
}

func (q *Queue) attributes(ctx context.Context, url string) (map[string]string, error) {
	got, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		// Naming FifoQueue alone is an error on a standard queue.
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return got.Attributes, nil
}

func (q *Queue) describe(attributes map[string]string) error {
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return fmt.Errorf("read attributes of queue %s: visibility timeout: %w", q.URL, err)
	}
	q.Visibility = max(time.Duration(seconds)*time.Second, minVisibility)
	q.FIFO = attributes["FifoQueue"] == "true"
	q.MaxSize = maxSize(attributes)
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

// checkDeadLetter refuses at the start what would be found out with the first event that is refused, perhaps after
// weeks.
func (q *Queue) checkDeadLetter(ctx context.Context, own map[string]string, region string) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrDeadLetter, q.DeadLetterURL, fmt.Sprintf(format, args...))
	}
	if other := RegionOf(q.DeadLetterURL); other != "" && other != region {
		return refuse("it is in %s and the queue in %s: one in the same region is accepted", other, region)
	}
	dead, err := q.attributes(ctx, q.DeadLetterURL)
	switch {
	case isMissing(err):
		return refuse("no such queue")
	case codeOf(err) == "AccessDenied":
		return refuse("access is denied: sqs:GetQueueAttributes and sqs:SendMessage are needed")
	case err != nil:
		return fmt.Errorf("read attributes of dead-letter queue %s: %w", q.DeadLetterURL, err)
	case q.DeadLetterURL == q.URL, dead["QueueArn"] != "" && dead["QueueArn"] == own["QueueArn"]:
		return refuse("it is the queue that events are received from")
	case q.FIFO && dead["FifoQueue"] != "true":
		return refuse("it is a standard queue and the queue a FIFO one: SQS takes both of one kind")
	case !q.FIFO && dead["FifoQueue"] == "true":
		return refuse("it is a FIFO queue and the queue a standard one: SQS takes both of one kind")
	}
	q.DeadLetterMaxSize = maxSize(dead)
	return nil
}

// maxSize is what a queue's messages may weigh; SQS's quota is 1 MiB.
func maxSize(attributes map[string]string) int {
	if size, err := strconv.Atoi(attributes["MaximumMessageSize"]); err == nil && size > 0 {
		return size
	}
	return 1 << 20
}

// endpointOf is where a queue is asked for whose URL names an endpoint that the SDK would not choose by itself: that of
// a VPC endpoint, of FIPS, or over IPv6. Those of older SDKs are not used: certificates do not name them all.
func endpointOf(queueURL string) *string {
	name, isOld := regionOf(queueURL)
	if name == "" || isOld {
		return nil
	}
	u, _ := url.Parse(queueURL) // its region has been read
	return aws.String("https://" + u.Host)
}

func openError(doing string, err error) error {
	if isMissing(err) {
		return fmt.Errorf("%s: %w", doing, ErrNotFound)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func isMissing(err error) bool {
	var missing *types.QueueDoesNotExist
	return errors.As(err, &missing)
}
