// Command demo shows the whole path of an event on this machine, without an account: AWS events, provisioned by
// Terraform, relayed as CloudEvents to a receiver that answers as Dispatch does. It puts objects and events, shows each
// delivery, checks that nothing else arrives, removes everything and checks that nothing is left. It fails if anything
// is not as expected, so it is also the end-to-end test.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const (
	summary = `demo shows the whole path of an event on this machine, without an account: Terraform, EventBridge,
SQS, the forwarder, and a receiver that answers as Dispatch does. At the end it removes everything.
"make demo" sets up what it needs.`
	patterns       = "examples/event-patterns.json"
	scheduleMinute = 5 * time.Second // nobody wants to wait for a minute
	arrivalTimeout = time.Minute
)

func main() { pipeline.Main("demo", summary, demo) }

func demo(ctx context.Context, p *pipeline.Pipeline) error {
	bucket := p.Name + "-images"
	p.Heading("AWS on this machine, and a receiver")
	if err := p.StartAWS(ctx, scheduleMinute); err != nil {
		return err
	}
	if err := p.StartReceiver(); err != nil {
		return err
	}

	p.Heading("stack up: patterns, a schedule, a bucket")
	if err := p.Stack(ctx, "up", "--patterns="+patterns, "--schedule=rate(1 minute)", "--bucket="+bucket); err != nil {
		return err
	}

	p.Heading("Events")
	if err := p.StartForwarder(); err != nil {
		return err
	}
	t := &tally{matching: map[string]bool{}}
	if err := put(ctx, p, bucket, t); err != nil {
		return err
	}
	if err := t.wait(ctx, p); err != nil {
		return err
	}
	p.Say("the last event has arrived, and no event that matches nothing")

	if p.Keep {
		p.Say("objects that are put into s3://%s/images/ become events", bucket)
	}
	ctx, err := p.WaitForInterrupt(ctx, func(pipeline.Delivery) error { return nil })
	if err != nil {
		return err
	}
	if err := p.StopForwarder(); err != nil {
		return err
	}

	p.Heading("stack down: removing everything")
	if err := p.Stack(ctx, "down", "--delete-objects"); err != nil {
		return err
	}
	return checkLeftovers(ctx, p, t)
}

// checkLeftovers checks that no resources and no processes are left, and prints the result.
func checkLeftovers(ctx context.Context, p *pipeline.Pipeline, t *tally) error {
	p.Heading("What is left")
	left, err := resources(ctx, p)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("left over on AWS: %s", strings.Join(left, ", "))
	}
	p.Say("on AWS: no queue, no rule, no bucket, no trail")
	if err := p.Close(); err != nil {
		return err
	}
	p.Say("on this machine: the forwarder, the receiver, Terraform and the local AWS have ended")
	for delivery := range p.Deliveries {
		if err := t.take(delivery); err != nil && !p.Keep { // with -keep, others may have put events
			return err
		}
	}
	p.Heading("%s. Left over: 0.", t)
	return nil
}
