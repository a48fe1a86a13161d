package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

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
