package main

import (
	"context"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// sample is an event as an AWS service would send it; the local AWS lets anybody send it.
type sample struct {
	pipeline.Event
	matches bool
}

const (
	instance    = "arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0"
	group       = "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:web"
	stateChange = "EC2 Instance State-change Notification"
)

// samples are in the order in which they are put. The last one matches: when it has arrived, what has not is not on its
// way.
func samples() []sample {
	state := func(name string) string {
		return `{"instance-id":"i-0123456789abcdef0","state":"` + name + `","n":` + bigNumber + `}`
	}
	launch := `{"AutoScalingGroupName":"web","EC2InstanceId":"i-0123456789abcdef0",` +
		`"Cause":"\"quoted\", ünïcode, <tags>"}`
	one := func(matches bool, source, detailType, resource, detail string) sample {
		event := pipeline.Event{Source: source, DetailType: detailType, Detail: detail, Resources: []string{resource}}
		return sample{Event: event, matches: matches}
	}
	return []sample{
		one(true, "aws.ec2", stateChange, instance, state("running")),
		one(false, "aws.ec2", "EC2 Spot Instance Interruption Warning", instance, state("warned")),
		one(true, "aws.autoscaling", "EC2 Instance Launch Successful", group, launch),
		one(false, "aws.autoscaling", "EC2 Instance-launch Lifecycle Action", group, launch),
		one(false, "com.example.shop", stateChange, instance, state("running")),
		one(true, "aws.ec2", stateChange, instance, state("terminated")),
	}
}

// objects are keys, and whether each is in the folder that is watched.
func objects() map[string]bool {
	return map[string]bool{
		"images/cat.png":                      true,
		"images/summer 2026/über the sea.jpg": true,
		"images/a+b=c&d%20e.gif":              true,
		"letters/cat.txt":                     false,
		"my-images/cat.png":                   false,
	}
}

// put puts everything.
func (d *demo) put(ctx context.Context) error {
	for key, matches := range objects() {
		d.Print("put    object  %s%s", key, note(matches))
		d.ledger.put(key, matches)
		if err := d.AWS.PutObject(ctx, d.bucket(), key, []byte("a picture"), nil); err != nil {
			return err
		}
	}
	for _, s := range samples() {
		d.Print("put    event   %s, %s%s", s.Source, s.DetailType, note(s.matches))
		err := d.ledger.putWithID(s.matches, func() (string, error) { return d.AWS.PutEvent(ctx, s.Event) })
		if err != nil {
			return err
		}
	}
	d.ledger.complete()
	return nil
}

func note(matches bool) string {
	if matches {
		return ""
	}
	return "  (matches nothing: must not arrive)"
}
