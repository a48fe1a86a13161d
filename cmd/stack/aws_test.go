package main

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// send puts a message into the queue of TestLifecycle.
func (g *ground) send(body string) {
	g.t.Helper()
	g.sendTo("life", body)
}

func (g *ground) sendTo(queue, body string) {
	g.t.Helper()
	ctx := g.t.Context()
	client := sqs.NewFromConfig(g.config(ctx))
	url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &queue})
	check(g.t, err)
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url.QueueUrl, MessageBody: &body})
	check(g.t, err)
}

// put puts an object into a bucket.
func (g *ground) put(bucket, key string) {
	g.t.Helper()
	ctx := g.t.Context()
	_, err := s3.NewFromConfig(
		g.config(ctx),
		func(o *s3.Options) { o.UsePathStyle = true },
	).PutObject(
		ctx,
		&s3.PutObjectInput{Bucket: &bucket, Key: &key},
	)
	check(g.t, err)
}

// testKey is the access key of the requests that the tests themselves make.
const testKey = "test"

func (g *ground) config(ctx context.Context) aws.Config {
	g.t.Helper()
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithBaseEndpoint(g.endpoint), config.WithRegion("us-west-2"),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(testKey, testKey, "")))
	check(g.t, err)
	return cfg
}

// left returns the names of all resources that exist in AWS.
func (g *ground) left() []string {
	g.t.Helper()
	ctx := g.t.Context()
	cfg := g.config(ctx)
	var names []string
	queues, err := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
	check(g.t, err)
	names = append(names, queues.QueueUrls...)
	rules, err := eventbridge.NewFromConfig(cfg).ListRules(ctx, &eventbridge.ListRulesInput{})
	check(g.t, err)
	for _, r := range rules.Rules {
		names = append(names, *r.Arn)
	}
	buckets, err := s3.NewFromConfig(cfg).ListBuckets(ctx, &s3.ListBucketsInput{})
	check(g.t, err)
	for _, b := range buckets.Buckets {
		names = append(names, "s3://"+*b.Name)
	}
	trails, err := cloudtrail.NewFromConfig(cfg).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	check(g.t, err)
	for _, t := range trails.TrailList {
		names = append(names, *t.TrailARN)
	}
	return slices.Sorted(slices.Values(append(names, alarmsLeft(g.t, cfg)...)))
}

// alarmsLeft returns the names of alarms and topics. The requests to CloudWatch are in JSON, because the
// local AWS does not support CBOR.
func alarmsLeft(t *testing.T, cfg aws.Config) (names []string) {
	t.Helper()
	watch := cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
	})
	alarms, err := watch.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{})
	check(t, err)
	for _, a := range alarms.MetricAlarms {
		names = append(names, *a.AlarmArn)
	}
	topics, err := sns.NewFromConfig(cfg).ListTopics(t.Context(), &sns.ListTopicsInput{})
	check(t, err)
	for _, topic := range topics.Topics {
		names = append(names, *topic.TopicArn)
	}
	return names
}

// born returns the times at which the queues were created, by URL: they change if a queue is recreated.
func (g *ground) born() map[string]string {
	g.t.Helper()
	ctx := g.t.Context()
	cfg := g.config(ctx)
	client, born := sqs.NewFromConfig(cfg), map[string]string{}
	queues, err := client.ListQueues(ctx, &sqs.ListQueuesInput{})
	check(g.t, err)
	for _, url := range queues.QueueUrls {
		got, err := client.GetQueueAttributes(
			ctx,
			&sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"CreatedTimestamp"}},
		)
		check(g.t, err)
		born[url] = got.Attributes["CreatedTimestamp"]
	}
	return born
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
