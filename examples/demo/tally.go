package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// tally compares what was put with what arrives. Events are identified by their ID, objects by their key.
type tally struct {
	matching   map[string]bool // whether each has arrived
	others     int             // put, and must not arrive
	scheduled  int
	duplicates int
}

func (t *tally) put(key string, matches bool) {
	if matches {
		t.matching[key] = false
	} else {
		t.others++
	}
}

// wait takes deliveries until all matching events and one event of the schedule have arrived.
func (t *tally) wait(ctx context.Context, p *pipeline.Pipeline) error {
	waiting, cancel := context.WithTimeout(ctx, arrivalTimeout)
	defer cancel()
	for t.arrived() < len(t.matching) || t.scheduled == 0 {
		delivery, err := p.Next(waiting)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if err := t.take(delivery); err != nil {
			return err
		}
	}
	return nil
}

// take counts a delivery, and fails if it should not have arrived.
func (t *tally) take(d pipeline.Delivery) error {
	if d.Kind == "rejected" {
		return fmt.Errorf("the receiver refused a request: %d %s", d.Status, d.Reason)
	}
	key := d.ID
	if d.Type == "aws.s3" {
		key = d.Subject
	}
	_, matches := t.matching[key]
	switch {
	case !strings.Contains(d.Data, `"id": "`+d.ID+`"`):
		return fmt.Errorf("the data of event %s are not the AWS event with the same ID", d.ID)
	case d.Copy > 0:
		t.duplicates++
	case d.Type == "aws.events":
		t.scheduled++
	case matches:
		t.matching[key] = true
	default:
		return fmt.Errorf("%s %s arrived, but matches no pattern", d.Type, key)
	}
	return nil
}

func (t *tally) arrived() int {
	n := 0
	for _, has := range t.matching {
		if has {
			n++
		}
	}
	return n
}

// String returns the tally as one line. No event that matches nothing has arrived, otherwise take would have failed.
func (t *tally) String() string {
	return fmt.Sprintf("%d of %d matching events arrived, 0 of %d others; %d from the schedule, %d duplicates",
		t.arrived(), len(t.matching), t.others, t.scheduled, t.duplicates)
}
