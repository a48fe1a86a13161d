// Command demo shows the whole path of an event on this machine, without an account: AWS events, provisioned by
// Terraform, relayed as CloudEvents to a receiver that answers as Dispatch does. It puts objects and events, shows each
// delivery, checks that nothing else arrives, removes everything and checks that nothing is left. It fails if anything
// is not as expected, so it is also the end-to-end test.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const arrivalTimeout = time.Minute

func main() { pipeline.Main("demo", demo) }

func demo(ctx context.Context, p *pipeline.Pipeline) error {
	bucket := p.Name + "-images"
	err := p.Up(ctx, "--patterns=examples/event-patterns.json", "--schedule=rate(1 minute)", "--bucket="+bucket)
	if err != nil {
		return err
	}
	t, err := put(ctx, p, bucket)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, arrivalTimeout)
	defer cancel()
	if err := p.Receive(waiting, t.isComplete, t.take); err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	p.Say("every event that matches has arrived, and no other event")

	try := "objects that are put into s3://" + bucket + "/images/ become events"
	handle := t.take
	if p.Keep { // a person may put other events
		handle = func(context.Context, sinktest.Record) error { return nil }
	}
	if ctx, err = p.Finish(ctx, try, handle); err != nil {
		return err
	}

	p.Heading("stack down: removing everything")
	if err := p.Stack(ctx, "down", "--delete-objects"); err != nil {
		return err
	}
	if err := checkLeftovers(ctx, p); err != nil {
		return err
	}
	p.Heading("%s. Left over: 0.", t)
	return nil
}

// checkLeftovers checks that no resources and no processes are left, and prints the result.
func checkLeftovers(ctx context.Context, p *pipeline.Pipeline) error {
	p.Heading("What is left")
	queues, err1 := sqs.NewFromConfig(p.AWS).ListQueues(ctx, &sqs.ListQueuesInput{})
	rules, err2 := eventbridge.NewFromConfig(p.AWS).ListRules(ctx, &eventbridge.ListRulesInput{})
	buckets, err3 := p.S3.ListBuckets(ctx, &s3.ListBucketsInput{})
	trails, err4 := cloudtrail.NewFromConfig(p.AWS).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	left := fmt.Sprintf("%d queues, %d rules, %d buckets, %d trails",
		len(queues.QueueUrls), len(rules.Rules), len(buckets.Buckets), len(trails.TrailList))
	p.Say("on AWS: %s", left)
	if left != "0 queues, 0 rules, 0 buckets, 0 trails" {
		return errors.New("something is left over on AWS")
	}
	if err := p.Close(); err != nil {
		return err
	}
	p.Say("on this machine: the forwarder, the receiver, Terraform and the local AWS have ended")
	return nil
}
