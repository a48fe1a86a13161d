// Command demo shows the whole path of an event on this machine, without an account: AWS events, provisioned by
// Terraform, relayed as CloudEvents to a receiver that answers as Dispatch does. It puts objects and events, shows each
// that is delivered, checks that nothing else arrives, takes everything down and checks that nothing is left. It fails
// when anything is not as it should be, so it is the end-to-end test as well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const summary = `demo shows the whole path of an event on this machine, without an account: Terraform, EventBridge,
SQS, the forwarder, a receiver that answers as Dispatch does, and down again. It needs Go, Terraform
and a Python with moto, which "make demo" sets up.`

// demo is one run.
type demo struct {
	patterns string
	minute   time.Duration
	ledger   *ledger
	*pipeline.Pipeline
}

const arrivalTimeout = 60 * time.Second

func main() { program().Main() }

func program() *pipeline.Program {
	d := &demo{ledger: newLedger()}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&d.patterns, "patterns", "examples/event-patterns.json", "file of the stack's event patterns")
	flags.DurationVar(&d.minute, "minute", 5*time.Second, "how long a minute of the schedule takes, 1s to 1m")
	return &pipeline.Program{Summary: summary, Flags: flags, Run: d.run}
}

func (d *demo) run(ctx context.Context, p *pipeline.Pipeline) error {
	d.Pipeline = p
	if d.minute < time.Second || d.minute > time.Minute {
		return fmt.Errorf("minute is %s: use 1s to 1m", d.minute)
	}
	start := func(ctx context.Context) error { return p.Start(ctx, d.minute) }
	return pipeline.InOrder(ctx, start, d.up, d.arrive, d.keep, d.stopForwarder, d.down, d.checkLeftovers)
}

func (d *demo) bucket() string { return d.Name + "-images" }

func (d *demo) up(ctx context.Context) error {
	d.Heading("stack up: patterns, a schedule, a bucket")
	return d.Up(ctx, pipeline.StackOptions{
		Arguments:  []string{"--patterns", d.patterns, "--schedule", "rate(1 minute)", "--bucket", d.bucket()},
		OnDelivery: d.ledger.deliver,
		WhenOpen:   d.put,
	})
}

// arrive waits until everything that matches has arrived, including the event that was put last, and looks at what else
// has.
func (d *demo) arrive(ctx context.Context) error {
	d.Waiting("the events to arrive")
	if err := d.Wait(ctx, d.ledger.whole, arrivalTimeout); err != nil {
		return errors.Join(d.ledger.verdict(), err)
	}
	if err := d.ledger.verdict(); err != nil {
		return err
	}
	d.Print("the last event put has arrived; those that match nothing have not")
	return nil
}

func (d *demo) keep(ctx context.Context) error {
	if d.Keep {
		d.Print("objects that are put into s3://%s/images/ become events", d.bucket())
	}
	return d.WaitForInterrupt(ctx, d.PageURL)
}

// stopForwarder also looks for dead letters. With KEEP there may be some, which somebody made on the receiver's page.
func (d *demo) stopForwarder(ctx context.Context) error {
	err := d.StopForwarder()
	if err != nil || d.Keep {
		return err
	}
	for _, queue := range []string{d.Name + "-dead-letters", d.Name + "-undelivered"} {
		n, failure := d.AWS.Messages(ctx, queue)
		if failure == nil && n != "0+0" {
			failure = fmt.Errorf("queue %s holds %s messages", queue, n)
		}
		err = errors.Join(err, failure)
	}
	return err
}

func (d *demo) down(ctx context.Context) error {
	d.Heading("stack down: it takes everything with it")
	return d.Down(ctx)
}

// checkLeftovers looks through the account and for processes, and sums up.
func (d *demo) checkLeftovers(ctx context.Context) error {
	d.Heading("What is left")
	left, err := d.AWS.Resources(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("left over on AWS: %s", strings.Join(left, ", "))
	}
	d.Print("on AWS: no queue, no rule, no bucket, no trail")
	if err := d.StopRest(); err != nil {
		return err
	}
	if !d.Keep { // else others have put events
		if err := d.ledger.verdict(); err != nil {
			return err
		}
	}
	d.Print("on this machine: the forwarder, the receiver, Terraform and the local AWS have ended")
	d.Heading("%s", d.ledger.summary())
	d.Heading("First event after %.0f s, all over after %.0f s. Left over: 0.",
		d.Since(d.ledger.firstArrival()).Seconds(), d.Since(time.Now()).Seconds())
	return nil
}
