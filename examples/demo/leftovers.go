package main

import (
	"context"
	"errors"
	"path"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// resources lists every queue, rule, bucket and trail of the account.
func resources(ctx context.Context, p *pipeline.Pipeline) ([]string, error) {
	queues, err1 := sqs.NewFromConfig(p.AWS).ListQueues(ctx, &sqs.ListQueuesInput{})
	rules, err2 := eventbridge.NewFromConfig(p.AWS).ListRules(ctx, &eventbridge.ListRulesInput{})
	buckets, err3 := p.S3().ListBuckets(ctx, &s3.ListBucketsInput{})
	trails, err4 := cloudtrail.NewFromConfig(p.AWS).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	var found []string
	for _, url := range queues.QueueUrls {
		found = append(found, "queue "+path.Base(url))
	}
	for _, rule := range rules.Rules {
		found = append(found, "rule "+*rule.Name)
	}
	for _, bucket := range buckets.Buckets {
		found = append(found, "bucket "+*bucket.Name)
	}
	for _, trail := range trails.TrailList {
		found = append(found, "trail "+*trail.Name)
	}
	return found, nil
}
