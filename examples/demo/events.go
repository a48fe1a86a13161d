package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// sample is an event as an AWS service would send it; the local AWS lets anybody send it.
type sample struct {
	source, detailType, resource, detail string
	matches                              bool
}

const instance = "arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0"

func samples() []sample {
	state := func(s string) string {
		return `{"instance-id":"i-0123456789abcdef0","state":"` + s + `","n":` + bigNumber + `}`
	}
	group := `{"AutoScalingGroupName":"web","EC2InstanceId":"i-0123456789abcdef0","Cause":"\"quoted\", ünïcode, <tags>"}`
	const change, launch = "EC2 Instance State-change Notification", "EC2 Instance Launch Successful"
	return []sample{
		{"aws.ec2", change, instance, state("running"), true},
		{"aws.ec2", "EC2 Spot Instance Interruption Warning", instance, state("warned"), false},
		{"aws.autoscaling", launch, "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:web", group, true},
		{"aws.autoscaling", "EC2 Instance-launch Lifecycle Action", instance, group, false},
		{"com.example.shop", change, instance, state("running"), false},
	}
}

// last is put after all else: when it has arrived, what has not is not on its way.
func last() sample {
	return sample{"aws.ec2", "EC2 Instance State-change Notification", instance, `{"instance-id":"i-0123456789abcdef0","state":"terminated"}`, true}
}

// object is a key, and whether it is in the folder that is watched.
type object struct {
	key     string
	matches bool
}

func objects() []object {
	return []object{
		{"images/cat.png", true},
		{"images/summer 2026/über the sea.jpg", true},
		{"images/a+b=c&d%20e.gif", true},
		{"letters/cat.txt", false},
		{"my-images/cat.png", false},
	}
}

// put puts everything, and the last event last.
func (d *demo) put(ctx context.Context) error {
	for _, o := range objects() {
		d.show.say("put    object  %s%s", o.key, unless(o.matches))
		d.ledger.put(o.key, o.matches)
		if err := d.aws.putObject(ctx, d.bucket(), o.key); err != nil {
			return err
		}
	}
	for _, s := range append(samples(), last()) {
		if err := d.putSample(ctx, s); err != nil {
			return err
		}
	}
	d.ledger.complete()
	return nil
}

func (d *demo) putSample(ctx context.Context, s sample) error {
	d.show.say("put    event   %s, %s%s", s.source, s.detailType, unless(s.matches))
	return d.ledger.putWithID(s.matches, func() (string, error) {
		return d.aws.putEvent(ctx, types.PutEventsRequestEntry{
			Source: &s.source, DetailType: &s.detailType, Detail: &s.detail, Resources: []string{s.resource},
		})
	})
}

func unless(matches bool) string {
	if matches {
		return ""
	}
	return "  (matches nothing: may not arrive)"
}

func (d *demo) bucket() string { return fmt.Sprintf("%s-images", d.Name) }
