// Command demo shows the whole path of an event on this machine, without an account: Terraform creates the resources in
// an emulator of AWS, and the forwarder relays the events as CloudEvents to a receiver that answers as Dispatch does.
// The demo puts objects and events, shows each delivery, checks that nothing else arrives, removes everything and
// checks that nothing is left. It fails if anything is not as expected, so it is also the end-to-end test.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const arrivalTimeout = time.Minute

func main() { pipeline.Main("demo", demo) }

func demo(ctx context.Context, p *pipeline.Pipeline) error {
	if err := p.Up(ctx, "--patterns=examples/event-patterns.json", "--schedule=rate(1 minute)"); err != nil {
		return err
	}
	t, err := put(ctx, p)
	if err != nil {
		return err
	}
	if err := p.Receive(ctx, arrivalTimeout, t.isComplete, t.take); err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	p.Say("every event that matches has arrived, and no other event")

	try := "objects that are put into s3://" + p.Bucket + "/images/ become events"
	handle := t.take
	if p.Keep { // a person may put other events
		handle = func(context.Context, sinktest.Record) error { return nil }
	}
	if ctx, err = p.Finish(ctx, try, handle); err != nil {
		return err
	}

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
	p.Say("on this machine: the forwarder, Terraform and the local AWS have ended")
	return nil
}

// objects are the keys of the objects to put: those in the folder images/ match.
var objects = []string{
	"images/cat.png",
	"images/summer 2026/über the sea.jpg",
	"images/a+b=c&d%20e.gif",
	"letters/cat.txt",
	"my-images/cat.png",
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

// put puts all objects and events, and returns a tally of them.
func put(ctx context.Context, p *pipeline.Pipeline) (*tally, error) {
	t := &tally{awaited: map[string]bool{}}
	for _, key := range objects {
		matches := strings.HasPrefix(key, "images/")
		p.Say("put    object  %s%s", key, note(matches))
		t.put(key, matches)
		object := &s3.PutObjectInput{Bucket: &p.Bucket, Key: &key, Body: strings.NewReader("a picture")}
		if _, err := p.S3.PutObject(ctx, object); err != nil {
			return nil, fmt.Errorf("put object %s: %w", key, err)
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
			return nil, fmt.Errorf("put event of %s: %w", e.source, err)
		}
		if out.FailedEntryCount > 0 {
			return nil, fmt.Errorf("put event of %s: %s", e.source, *out.Entries[0].ErrorMessage)
		}
		t.put(*out.Entries[0].EventId, e.matches)
	}
	return t, nil
}

func note(matches bool) string {
	if matches {
		return ""
	}
	return "  (matches nothing: must not arrive)"
}

// tally compares what was put with what arrives. Events are identified by their ID, objects by their key.
type tally struct {
	awaited    map[string]bool // put, and not yet arrived
	arrived    int
	others     int // put, and must not arrive
	scheduled  int
	duplicates int
}

func (t *tally) put(key string, matches bool) {
	if matches {
		t.awaited[key] = true
	} else {
		t.others++
	}
}

// isComplete reports whether all matching events and one event of the schedule have arrived.
func (t *tally) isComplete() bool { return len(t.awaited) == 0 && t.scheduled > 0 }

// take counts a record, and fails if it should not be there.
func (t *tally) take(_ context.Context, r sinktest.Record) error {
	key := r.ID
	if r.Type == "aws.s3" {
		key = r.Subject
	}
	switch {
	case !bytes.Contains(r.Data, []byte(`"`+r.ID+`"`)):
		return fmt.Errorf("the data of event %s are not the AWS event with the same ID", r.ID)
	case r.Copy > 0:
		t.duplicates++
	case r.Type == "aws.events":
		t.scheduled++
	case t.awaited[key]:
		delete(t.awaited, key)
		t.arrived++
	default:
		return fmt.Errorf("%s %s arrived, but matches no pattern", r.Type, key)
	}
	return nil
}

// String returns the tally as one line. The 0 is constant: take fails if an event arrives that matches no pattern.
func (t *tally) String() string {
	return fmt.Sprintf("%d of %d matching events arrived, 0 of %d others; %d from the schedule, %d duplicates",
		t.arrived, t.arrived+len(t.awaited), t.others, t.scheduled, t.duplicates)
}
