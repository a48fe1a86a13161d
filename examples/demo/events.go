package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// objects are the keys of the objects to put, and whether each is in the watched folder.
var objects = []struct {
	key     string
	matches bool
}{
	{"images/cat.png", true},
	{"images/summer 2026/über the sea.jpg", true},
	{"images/a+b=c&d%20e.gif", true},
	{"letters/cat.txt", false},
	{"my-images/cat.png", false},
}

const (
	instance    = "arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0"
	group       = "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:web"
	stateChange = "EC2 Instance State-change Notification"
	running     = `{"instance-id":"i-0123456789abcdef0","state":"running"}`
	terminated  = `{"instance-id":"i-0123456789abcdef0","state":"terminated"}`
	launch      = `{"AutoScalingGroupName":"web","Cause":"\"quoted\", ünïcode, <tags>"}`
)

// events are put as AWS services would send them; the local AWS lets anybody send them. The last one matches: once it
// has arrived, events that have not arrived will not arrive any more.
var events = []struct {
	source, detailType, resource, detail string
	matches                              bool
}{
	{"aws.ec2", stateChange, instance, running, true},
	{"aws.ec2", "EC2 Spot Instance Interruption Warning", instance, running, false},
	{"aws.autoscaling", "EC2 Instance Launch Successful", group, launch, true},
	{"aws.autoscaling", "EC2 Instance-launch Lifecycle Action", group, launch, false},
	{"com.example.shop", stateChange, instance, running, false},
	{"aws.ec2", stateChange, instance, terminated, true},
}

// put puts all objects and events, and adds them to the tally.
func put(ctx context.Context, p *pipeline.Pipeline, bucket string, t *tally) error {
	for _, o := range objects {
		p.Say("put    object  %s%s", o.key, note(o.matches))
		t.put(o.key, o.matches)
		object := &s3.PutObjectInput{Bucket: &bucket, Key: &o.key, Body: strings.NewReader("a picture")}
		if _, err := p.S3.PutObject(ctx, object); err != nil {
			return fmt.Errorf("put object %s: %w", o.key, err)
		}
	}
	bus := eventbridge.NewFromConfig(p.AWS)
	for _, e := range events {
		p.Say("put    event   %s, %s%s", e.source, e.detailType, note(e.matches))
		out, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
			Source:     &e.source,
			DetailType: &e.detailType,
			Resources:  []string{e.resource},
			Detail:     &e.detail,
		}}})
		if err != nil {
			return fmt.Errorf("put event of %s: %w", e.source, err)
		}
		if out.FailedEntryCount > 0 {
			return fmt.Errorf("put event of %s: %s", e.source, *out.Entries[0].ErrorMessage)
		}
		t.put(*out.Entries[0].EventId, e.matches)
	}
	return nil
}

func note(matches bool) string {
	if matches {
		return ""
	}
	return "  (matches nothing: must not arrive)"
}
