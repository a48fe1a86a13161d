package main

import (
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

func event(id, kind, subject string) sinktest.Record {
	return sinktest.Record{ID: id, Type: kind, Subject: subject, Data: []byte(`{"id":"` + id + `"}`)}
}

func newTally() *tally {
	t := &tally{awaited: map[string]bool{}}
	t.put("images/a", true)
	t.put("other/a", false)
	t.put("e1", true)
	return t
}

func TestTallyOfARunThatWentWell(t *testing.T) {
	tally := newTally()
	again := event("e1", "aws.ec2", "i")
	again.Copy = 1
	for _, d := range []sinktest.Record{
		event("s1", "aws.s3", "images/a"),
		event("e1", "aws.ec2", "i"),
		event("t1", "aws.events", "rule"),
		again,
	} {
		if err := tally.take(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
	want := "2 of 2 matching events arrived, 0 of 1 others; 1 from the schedule, 1 duplicates"
	if got := tally.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestTallyFindsWhatIsWrong(t *testing.T) {
	for want, d := range map[string]sinktest.Record{
		"aws.s3 other/a arrived, but matches no pattern": event("x", "aws.s3", "other/a"),
		"aws.ec2 x arrived, but matches no pattern":      event("x", "aws.ec2", "i"),
		"are not the AWS event with the same ID":         {ID: "x", Type: "aws.events", Data: []byte("{}")},
	} {
		if err := newTally().take(t.Context(), d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWhatIsPutIsWhatThePatternsSay(t *testing.T) {
	matching := 0
	for _, e := range events {
		if e.matches {
			matching++
		}
	}
	last := events[len(events)-1]
	if matching < 2 || len(events)-matching < 2 || !last.matches || last.detail == events[0].detail {
		t.Errorf("%d of %d match; the last is %+v", matching, len(events), last)
	}
}
