package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// account is the local AWS, used as a person would use AWS: to put objects and events, and to look what is there.
type account struct {
	sqs    *sqs.Client
	events *eventbridge.Client
	s3     *s3.Client
	trails *cloudtrail.Client
}

func newAccount(url, region string) *account {
	c := aws.Config{
		Region:       region,
		BaseEndpoint: &url,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:   inMemory{},
	}
	return &account{
		sqs:    sqs.NewFromConfig(c),
		events: eventbridge.NewFromConfig(c),
		s3:     s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }),
		trails: cloudtrail.NewFromConfig(c),
	}
}

// inMemory keeps a request's body from being closed by the SDK while it is still being sent, which makes the SDK send
// it again.
type inMemory struct{}

func (inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultClient.Do(r) //nolint:gosec // the address is the local AWS's own
}

// putObject puts an object with a few bytes in it.
func (a *account) putObject(ctx context.Context, bucket, key string) error {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("a picture")}
	if _, err := a.s3.PutObject(ctx, in); err != nil {
		return fmt.Errorf("put object %s: %w", key, err)
	}
	return nil
}

// putEvent puts an event and returns the id that EventBridge gave it.
func (a *account) putEvent(ctx context.Context, e types.PutEventsRequestEntry) (string, error) {
	out, err := a.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{e}})
	if err != nil {
		return "", fmt.Errorf("put event of %s: %w", *e.Source, err)
	}
	if out.FailedEntryCount > 0 {
		return "", fmt.Errorf("put event of %s: %s", *e.Source, aws.ToString(out.Entries[0].ErrorMessage))
	}
	return *out.Entries[0].EventId, nil
}

// waiting counts a queue's messages, those that somebody has received included.
func (a *account) waiting(ctx context.Context, url string) (string, error) {
	out, err := a.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{
		sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	}})
	if err != nil {
		return "", fmt.Errorf("look into queue %s: %w", url, err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"], nil
}

// left lists every queue, rule, bucket and trail of the account.
func (a *account) left(ctx context.Context) ([]string, error) {
	var found []string
	queues, err := a.sqs.ListQueues(ctx, &sqs.ListQueuesInput{})
	rules, err2 := a.events.ListRules(ctx, &eventbridge.ListRulesInput{})
	buckets, err3 := a.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
	trails, err4 := a.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("list what is left: %w", err)
	}
	for _, url := range queues.QueueUrls {
		found = append(found, "queue "+url[strings.LastIndexByte(url, '/')+1:])
	}
	for _, r := range rules.Rules {
		found = append(found, "rule "+*r.Name)
	}
	for _, b := range buckets.Buckets {
		found = append(found, "bucket "+*b.Name)
	}
	for _, t := range trails.TrailList {
		found = append(found, "trail "+*t.Name)
	}
	return slices.Sorted(slices.Values(found)), nil
}
