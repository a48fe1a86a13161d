package stack

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestStatusOfAStack(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.says("plan.json", read(t, "testdata/change.json"))
	w.has["GetQueueAttributes"] = `200 {"Attributes":{"ApproximateNumberOfMessages":"3",` +
		`"ApproximateNumberOfMessagesNotVisible":"2","ApproximateNumberOfMessagesDelayed":"1"}}`
	w.has["ListRules"] = `200 {"Rules":[{"Name":"demo4-ec2","Arn":"arn:ours"},{"Name":"rec-theirs","Arn":"arn:theirs"}]}`
	w.has["ListTagsForResource"] = `200 {"Tags":[{"Key":"` + StackTag + `","Value":"rec"}]}`
	got, err := w.stack().Status(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Stack != "rec" || got.Region != "us-west-2" || got.Account != "123456789012" ||
		!strings.HasPrefix(got.Endpoint, "http://127.0.0.1:") {
		t.Errorf("place %+v", got)
	}
	if len(got.UnknownRules) != 1 || got.UnknownRules[0] != "rec-theirs" {
		t.Errorf("rules that the state does not hold: %q", got.UnknownRules)
	}
	if len(got.Drift) != 8 || got.Drift[0].Mark != "-" {
		t.Errorf("drift %+v", got.Drift)
	}
	for _, line := range got.Drift {
		if tainted := line.Address == halfDone; tainted != strings.Contains(line.Detail, "'stack up' keeps it") ||
			tainted && line.Mark != "~" {
			t.Errorf("drift %+v", line)
		}
	}
	if len(got.Resources) == 0 || got.Resources[0].Kind != "bucket" || got.Resources[0].Name != "demo4-pics" {
		t.Errorf("resources %+v", got.Resources)
	}
	if q := got.Queue; q == nil || q.Visible != 3 || q.InFlight != 2 || q.Delayed != 1 || q.OldestSeconds != nil ||
		q.Queue != "demo4" {
		t.Errorf("queue %+v", got.Queue)
	}
	if len(got.DeadLetters) != 2 || got.DeadLetters[0].Queue != "demo4-dead-letters" ||
		got.DeadLetters[1].Queue != "demo4-undelivered" {
		t.Errorf("dead letters %+v", got.DeadLetters)
	}
	if strings.Contains(w.ran(), "apply") {
		t.Errorf("status ran %s", w.ran())
	}
}

// TestStatusWithoutTheAdoptedBucket has somebody delete it: Terraform cannot read it.
func TestStatusWithoutTheAdoptedBucket(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.says("plan.jsonl", `{"type":"diagnostic","diagnostic":{"severity":"error",`+
		`"summary":"reading S3 Bucket (theirs): couldn't find resource"}}`+"\n")
	_, err := w.stack().Status(t.Context(), nil)
	var failed *RunError
	if !errors.As(err, &failed) || !strings.Contains(failed.Hint(), "the adopted bucket no longer exists") {
		t.Errorf("got %v", err)
	}
}

func TestStackOfAnotherMachine(t *testing.T) {
	w := newWorld(t)
	s := w.stack()
	s.State = "s3://bucket/key"
	if _, err := s.Status(t.Context(), nil); err == nil ||
		!strings.Contains(err.Error(), "give the settings that it was created with") {
		t.Errorf("got %v", err)
	}
	o := valid()
	if err := s.Down(t.Context(), Options{}, &o); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(w.dir, "log")); !strings.Contains(got, " -destroy ") {
		t.Error(got)
	}
}
