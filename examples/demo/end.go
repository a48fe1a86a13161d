package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// nothingLeft looks through the account and for processes, and sums up.
func (d *demo) nothingLeft(ctx context.Context) error {
	d.show.chapter("What is left")
	left, err := d.aws.left(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("left over on AWS: %s", strings.Join(left, ", "))
	}
	d.show.say("on AWS: no queue, no rule, no bucket, no trail")
	d.show.wait("the receiver and the local AWS to end")
	err = d.receiver.stop(syscall.SIGTERM, endTimeout)
	d.local.Stop()
	if running := d.children.left(); len(running) > 0 {
		err = errors.Join(err, fmt.Errorf("still running: %s", strings.Join(running, ", ")))
	}
	if !d.Keep { // what arrived since then is not of the demo's making
		err = errors.Join(err, d.ledger.verdict())
	}
	if err != nil {
		return err
	}
	d.show.say("on this machine: the forwarder, the receiver, Terraform and the local AWS have ended")
	d.show.chapter("%s", d.ledger.sum())
	d.show.chapter("First event after %.0f s, all over after %.0f s. Left over: 0.", d.ledger.first(d.show.begin).Seconds(), d.show.elapsed().Seconds())
	return nil
}

// end ends whatever still runs, after success and after failure.
func (d *demo) end() {
	d.children.end()
	if d.local != nil {
		d.local.Stop()
	}
	if d.folder != "" {
		_ = os.RemoveAll(d.folder)
	}
}
