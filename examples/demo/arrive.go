package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// arrive waits until everything that matches has arrived, the event that was put last included, and looks at what else
// has.
func (d *demo) arrive(ctx context.Context) error {
	d.show.wait("the events to arrive")
	timeout := time.NewTimer(arrivalTimeout)
	defer timeout.Stop()
	for d.ledger.missing() > 0 {
		select {
		case <-d.ledger.changed:
		case <-timeout.C:
			return fmt.Errorf("after %s: %w\n%s", arrivalTimeout, d.ledger.verdict(), d.forwarder.log.last(20))
		case <-d.forwarder.ended:
			return d.forwarder.failure()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := d.ledger.verdict(); err != nil {
		return err
	}
	d.show.say("the last event put has arrived; those that match nothing have not")
	return nil
}

// keep leaves everything up until Ctrl-C, when asked to.
func (d *demo) keep(ctx context.Context) error {
	if !d.Keep {
		return nil
	}
	d.show.chapter("All stays up until Ctrl-C")
	d.show.say("watch, and let the receiver fail: %s", d.page)
	d.show.say("AWS, for any client of it: export %s", strings.Join(append(d.local.Env(), "AWS_REGION="+d.Region), " "))
	d.show.say("objects that are put into s3://%s/images/ become events", d.bucket())
	d.show.wait("")
	d.keeping.Store(true)
	select {
	case <-d.interrupts:
		return nil
	case <-d.forwarder.ended:
		return d.forwarder.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopForwarding ends the forwarder in order, and looks for dead letters. After KEEP there may be some: whoever played
// with the receiver's page has made them.
func (d *demo) stopForwarding(ctx context.Context) error {
	d.show.wait("the forwarder to end")
	if err := d.forwarder.stop(syscall.SIGTERM, endTimeout); err != nil {
		return err
	}
	if d.Keep {
		return nil
	}
	var errs []error
	for _, suffix := range []string{"-dead-letters", "-undelivered"} {
		n, err := d.aws.waiting(ctx, d.queueURL(suffix))
		if err == nil && n != "0+0" {
			err = fmt.Errorf("queue %s%s holds %s messages", d.Name, suffix, n)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
