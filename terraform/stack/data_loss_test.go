package stack

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

const versions = `200 <ListVersionsResult><Version><Key>images/a.png</Key><VersionId>1</VersionId></Version>` +
	`<Version><Key>images/b.png</Key></Version>` +
	`<Version><Key>images/c.png</Key></Version><DeleteMarker><Key>images/d.png</Key><VersionId>4</VersionId>` +
	`</DeleteMarker></ListVersionsResult>`

// holding has buckets hold objects until they are told to delete them, and queues six messages each.
func (w *world) holding() {
	w.has["GET /rec-pics"] = versions
	w.has["POST /rec-pics"] = `200 <DeleteResult></DeleteResult>`
	w.after["POST /rec-pics"] = func() { w.has["GET /rec-pics"] = `200 <ListVersionsResult></ListVersionsResult>` }
	w.has["GetQueueAttributes"] = `200 {"Attributes":{"ApproximateNumberOfMessages":"3",` +
		`"ApproximateNumberOfMessagesNotVisible":"2",` +
		`"ApproximateNumberOfMessagesDelayed":"1"}}`
}

func TestDownNamesTheObjectsThatKeepABucket(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToDestroy()
	w.holding()
	err := w.stack().Down(t.Context(), Options{}, nil)
	var full *Refusal
	if !errors.As(err, &full) ||
		!strings.Contains(err.Error(), "the bucket rec-pics would be deleted with 4 object versions: "+
			"images/a.png, images/b.png, images/c.png, …") {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(full.Hint(), "DELETE_OBJECTS=true") || strings.Contains(w.ran(), "apply") ||
		w.asked("POST /rec-pics") {
		t.Errorf("hint %q, ran %s", full.Hint(), w.ran())
	}
}

// TestDownAsksWithTheNumbers applies the one plan that was shown, also where the stack was made with
// DELETE_OBJECTS=true.
func TestDownAsksWithTheNumbers(t *testing.T) {
	for name, made := range map[string]bool{"asked for now": false, "asked for by up": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			w.plansToDestroy(func(c *tfjson.ResourceChange) {
				if c.Type == "aws_s3_bucket" && made {
					object(c.Change.Before)["force_destroy"] = true
				}
			})
			w.holding()
			s := w.stack()
			s.Approve = func(_ context.Context, p Plan) (bool, error) {
				const want = "4 object versions in rec-pics, about 6 dead letters in rec-dead-letters, " +
					"about 6 waiting events in rec, about 6 dead letters in rec-undelivered"
				if got := strings.Join(p.Lost, ", "); got != want {
					t.Errorf("it would lose %s", got)
				}
				for _, want := range []string{
					"- bucket rec-pics: WITH 4 object versions: images/a.png, images/b.png, images/c.png, …, with 7 " +
						"parts",
					"- queue rec: WITH about 6 waiting events", "- queue rec-undelivered: WITH about 6 dead letters",
				} {
					if got := words(p); !strings.Contains(got, want) {
						t.Errorf("%q is missing in\n%s", want, got)
					}
				}
				if w.asked("POST /rec-pics") {
					t.Error("the bucket is emptied before it is approved")
				}
				return true, nil
			}
			if err := s.Down(t.Context(), Options{DeleteObjects: !made}, nil); err != nil {
				t.Fatal(err)
			}
			if got := w.ran(); got != "plan show apply" || !w.asked("POST /rec-pics") {
				t.Errorf("Terraform ran %s", got)
			}
			if deleted := strings.Join(w.calls, "\n"); !strings.Contains(deleted,
				"<Key>images/a.png</Key><VersionId>1</VersionId>") ||
				!strings.Contains(deleted, "<Key>images/d.png</Key><VersionId>4</VersionId>") {
				t.Error("not all versions were deleted")
			}
		})
	}
}

// TestObjectsThatComeLate has a bucket filled again before Terraform comes to it: down asks again, with what is left.
func TestObjectsThatComeLate(t *testing.T) {
	for name, c := range map[string]struct {
		deleteObjects bool
		until         int // the approval from which on nothing arrives any more
		wantRun       string
	}{
		"once":          {true, 2, "plan show apply plan show apply"},
		"always":        {true, 99, "plan show apply plan show apply plan show apply"},
		"not permitted": {false, 2, "plan show apply"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			w.plansToDestroy()
			if c.deleteObjects {
				w.holding()
			}
			w.says("apply.jsonl", `{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error",`+
				`"summary":"deleting S3 Bucket (rec-pics): BucketNotEmpty: no"}}`+"\n")
			w.says("apply-code", "1")
			s, asked := w.stack(), 0
			s.Approve = func(context.Context, Plan) (bool, error) {
				if asked++; asked == c.until {
					w.says("apply.jsonl", "")
					w.says("apply-code", "0")
				}
				return true, nil
			}
			err := s.Down(t.Context(), Options{DeleteObjects: c.deleteObjects}, nil)
			var failed *RunError
			done := errors.As(err, &failed) && strings.Contains(err.Error(), "BucketNotEmpty") &&
				failed.Next == `run "down" again to continue` && w.journal().Unfinished == "down"
			if name == "once" {
				done = err == nil && list(t, string(w.home())) == "lock"
			}
			if got := w.ran(); got != c.wantRun || !done {
				t.Errorf("Terraform ran %s: %v, journal %+v", got, err, w.journal())
			}
		})
	}
}

// TestDownThatEndsAtTheSecondQuestion checks that no error denies what the first attempt has destroyed.
func TestDownThatEndsAtTheSecondQuestion(t *testing.T) {
	const interrupted = "down: interrupted before everything was done; the state is saved, and its lock is released"
	for want, answer := range map[string]func(cancel func()) error{
		"down: " + ErrDeclined.Error(): func(func()) error { return nil },
		interrupted: func(cancel func()) error {
			cancel()
			return context.Canceled
		},
	} {
		t.Run(want, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			w.plansToDestroy()
			w.holding()
			w.says("apply.jsonl", `{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error",`+
				`"summary":"deleting S3 Bucket (rec-pics): BucketNotEmpty: no"}}`+"\n")
			w.says("apply-code", "1")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, asked := w.stack(), 0
			s.Approve = func(context.Context, Plan) (bool, error) {
				if asked++; asked == 1 {
					return true, nil
				}
				return false, answer(cancel)
			}
			err := s.Down(ctx, Options{DeleteObjects: true}, nil)
			var failed *RunError
			if !errors.As(err, &failed) || err.Error() != want || asked != 2 ||
				failed.Next != `run "down" again to continue` {
				t.Errorf("after %d questions: %v, %+v", asked, err, failed)
			}
		})
	}
}

// plansToReplace has Terraform plan to replace these of the recorded resources.
func (w *world) plansToReplace(addresses ...string) {
	w.t.Helper()
	w.plansTo(func(c *tfjson.ResourceChange) {
		c.Change.Actions = tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}
	}, addresses...)
}

// plansTo has Terraform plan a change of these of the recorded resources.
func (w *world) plansTo(change func(*tfjson.ResourceChange), addresses ...string) {
	w.t.Helper()
	plan := recorded(w.t, "create.json")
	plan.ResourceChanges = slices.DeleteFunc(plan.ResourceChanges,
		func(c *tfjson.ResourceChange) bool { return !slices.Contains(addresses, c.Address) })
	for _, c := range plan.ResourceChanges {
		before := maps.Clone(object(c.Change.After))
		before["url"] = "http://127.0.0.1/1/" + text(before["name"])
		c.Change.Actions, c.Change.Before = tfjson.Actions{tfjson.ActionUpdate}, before
		change(c)
	}
	w.planned("plan.json", plan)
}

const (
	mainQueue = "module.queue.aws_sqs_queue.this"
	deadQueue = "module.queue.aws_sqs_queue.dead_letter"
)

func TestUpRefusesToDropEvents(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToReplace(mainQueue, deadQueue, "module.bucket[0].aws_s3_bucket.this[0]")
	w.holding()
	o := valid()
	var full *Refusal
	if _, err := w.stack().Up(t.Context(), o); !errors.As(err, &full) || strings.Contains(w.ran(), "apply") {
		t.Errorf("objects: %v, ran %s", err, w.ran())
	}
	o.DeleteObjects = true
	_, err := w.stack().Up(t.Context(), o)
	var drop *Refusal
	if !errors.As(err, &drop) || strings.Contains(w.ran(), "apply") || w.asked("POST /rec-pics") {
		t.Fatalf("got %v, ran %s", err, w.ran())
	}
	const want = "the queue rec-dead-letters would be deleted with about 6 dead letters\nthe queue rec would be " +
		"deleted with about 6 waiting events and those that still arrive\nnothing was changed"
	if err.Error() != want || !strings.Contains(drop.Hint(), "DROP_EVENTS=true") {
		t.Errorf("said %s\n%s", err, drop.Hint())
	}
	if got := words(w.plans[len(w.plans)-1]); !strings.Contains(got, "± queue rec: WITH about 6 waiting events") {
		t.Errorf("shown\n%s", got)
	}
	if _, err := w.stack().Plan(t.Context(), o); err != nil ||
		!strings.HasPrefix(w.notes[len(w.notes)-1], "'stack up' would fail: the queue") {
		t.Errorf("plan: %v, %q", err, w.notes)
	}
	o.DropEvents = true
	declining := w.stack()
	declining.Approve = func(context.Context, Plan) (bool, error) { return false, nil }
	if _, err := declining.Up(t.Context(), o); !errors.Is(err, ErrDeclined) || w.asked("POST /rec-pics") {
		t.Errorf("declined: %v, or emptied", err)
	}
	if _, err := w.stack().Up(t.Context(), o); err != nil || !strings.Contains(w.ran(), "apply") ||
		!w.asked("POST /rec-pics") {
		t.Errorf("with DROP_EVENTS: %v, ran %s", err, w.ran())
	}
}

// TestUpRefusesToReplaceAnEmptyQueue although no event waits: some arrive before the rules send to the new queue. A
// dead-letter queue needs no such permission.
func TestUpRefusesToReplaceAnEmptyQueue(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToReplace(mainQueue, deadQueue)
	_, err := w.stack().Up(t.Context(), valid())
	var drop *Refusal
	const want = "the queue rec would be deleted with about 0 waiting events and those that still arrive\n" +
		"nothing was changed"
	if !errors.As(err, &drop) || err.Error() != want || !strings.Contains(drop.Hint(), "DROP_EVENTS=true") {
		t.Errorf("got %v", err)
	}
	lost := strings.Join(w.plans[len(w.plans)-1].Lost, ", ")
	if lost != "about 0 waiting events and those that still arrive in rec" {
		t.Errorf("it would lose %s", lost)
	}
	o := valid()
	o.DropEvents = true
	if _, err := w.stack().Up(t.Context(), o); err != nil || !strings.Contains(w.ran(), "apply") {
		t.Errorf("with DROP_EVENTS: %v, ran %s", err, w.ran())
	}
}

// TestWhatArrivesDuringTheQuestion is counted, too: dead letters come while the user thinks.
func TestWhatArrivesDuringTheQuestion(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.plansToReplace(deadQueue)
	s := w.stack()
	s.Approve = func(context.Context, Plan) (bool, error) {
		w.holding()
		return true, nil
	}
	_, err := s.Up(t.Context(), valid())
	if err == nil || !strings.Contains(err.Error(), "with about 6 dead letters") || strings.Contains(w.ran(), "apply") {
		t.Errorf("got %v, ran %s", err, w.ran())
	}
}

// TestUpRefusesToDropTheKeyOfEvents has KMS_KEY go from create to nothing.
func TestUpRefusesToDropTheKeyOfEvents(t *testing.T) {
	w := newWorld(t)
	w.up()
	const without = "module.rule.aws_sqs_queue.dead_letter"
	w.plansTo(func(c *tfjson.ResourceChange) {
		before := object(c.Change.Before)
		before["key_id"] = "1-2"
		if before["kms_master_key_id"] = "arn:aws:kms:us-west-2:123456789012:key/1-2"; c.Address == without {
			before["kms_master_key_id"] = ""
		}
		if c.Type == "aws_kms_key" {
			c.Change.Actions, c.Change.After = tfjson.Actions{tfjson.ActionDelete}, nil
		}
	}, mainQueue, "module.queue.aws_kms_key.this[0]", without)
	w.holding()
	_, err := w.stack().Up(t.Context(), valid())
	var drop *Refusal
	if !errors.As(err, &drop) ||
		!strings.HasPrefix(err.Error(), "the key of the queue rec would be deleted with about 6 waiting events in rec, ") ||
		strings.Contains(err.Error(), "undelivered") ||
		strings.Contains(w.ran(), "apply") {
		t.Errorf("got %v, ran %s", err, w.ran())
	}
	w.has["GetQueueAttributes"] = `200 {"Attributes":{}}`
	if _, err := w.stack().Up(t.Context(), valid()); err != nil || !strings.Contains(w.ran(), "apply") {
		t.Errorf("when none waits: %v, ran %s", err, w.ran())
	}
}

// TestUpRefusesToShortenTheRetention has SQS delete what is older than the new RETENTION.
func TestUpRefusesToShortenTheRetention(t *testing.T) {
	w := newWorld(t)
	w.up()
	const reason = "the retention of the queue rec would be shortened, which deletes up to about 6 waiting events\n"
	for name, c := range map[string]struct {
		to      float64
		refused bool
		shown   string
	}{
		"shorter": {60, true, "~ queue rec: DELETES up to about 6 waiting events, message_retention_seconds 345600 → 60"},
		"longer":  {1209600, false, "~ queue rec: message_retention_seconds 345600 → 1209600"},
	} {
		w.plansTo(func(queue *tfjson.ResourceChange) {
			object(queue.Change.Before)["message_retention_seconds"] = 345600.0
			object(queue.Change.After)["message_retention_seconds"] = c.to
		}, mainQueue)
		w.holding()
		w.says("log", "")
		_, err := w.stack().Up(t.Context(), valid())
		if shown := words(w.plans[len(w.plans)-1]); shown != c.shown {
			t.Errorf("%s: shown %s", name, shown)
		}
		if (err != nil) != c.refused || strings.Contains(w.ran(), "apply") == c.refused ||
			c.refused && !strings.HasPrefix(err.Error(), reason) {
			t.Errorf("%s: %v, ran %s", name, err, w.ran())
		}
	}
}

// TestADeposedQueueStillReceives has an up that was interrupted leave the old queue to the next one.
func TestADeposedQueueStillReceives(t *testing.T) {
	old := &tfjson.ResourceChange{
		Type: "aws_sqs_queue", Mode: tfjson.ManagedResourceMode, DeposedKey: "12345678", Address: mainQueue,
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}, Before: map[string]any{"name": "rec"}},
	}
	got := lossesIn([]*tfjson.ResourceChange{old})
	if err := permit(got, true, false); err == nil {
		t.Error("it may be deleted, although the rules may still send to it")
	}
}

// TestUpRefusesToDropTheKeyThatNobodyRecorded was created by an up that was cut off, and the next up has no KMS_KEY.
func TestUpRefusesToDropTheKeyThatNobodyRecorded(t *testing.T) {
	w := newWorld(t)
	w.holding()
	aws, err := inventory.Open(t.Context(), "us-west-2")
	w.check(err)
	queue := &tfjson.ResourceChange{
		Type: "aws_sqs_queue", Mode: tfjson.ManagedResourceMode, Address: mainQueue,
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionUpdate}, Before: map[string]any{
			"name": "rec", "url": "http://q", "kms_master_key_id": "arn:aws:kms:us-west-2:123456789012:key/1-2",
		}},
	}
	key := existing{Found: inventory.Found{Type: "aws_kms_key", ID: "1-2"}, address: "module.queue.aws_kms_key.this[0]"}
	plan := &tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{queue}}
	got, err := (&session{Stack: w.stack(), aws: aws}).losses(t.Context(), plan, []existing{key})
	w.check(err)
	if err := permit(got, true, false); err == nil || len(got) != 1 || got[0].address != key.address ||
		!strings.HasPrefix(err.Error(), "the key of the queue rec would be deleted with about 6 waiting events in rec") {
		t.Errorf("got %v, %+v", err, got)
	}
}

// TestOnlyTheDeposedQueueLosesEvents has the queue that replaces it, which has the same address, change, too.
func TestOnlyTheDeposedQueueLosesEvents(t *testing.T) {
	var changes []*tfjson.ResourceChange
	for name, action := range map[string]tfjson.Action{"old": tfjson.ActionDelete, "new": tfjson.ActionUpdate} {
		c := &tfjson.ResourceChange{
			Type: "aws_sqs_queue", Mode: tfjson.ManagedResourceMode, Address: mainQueue,
			Change: &tfjson.Change{Actions: tfjson.Actions{action}, Before: map[string]any{"name": name}},
		}
		if action == tfjson.ActionDelete {
			c.DeposedKey = "12345678"
		}
		changes = append(changes, c)
	}
	p := linesOf(&tfjson.Plan{ResourceChanges: changes})
	losses := lossesIn(changes)
	losses[0].amount = "some events"
	p.addLosses(losses)
	if got := words(p); got != "~ queue new\n- queue old: WITH some events" {
		t.Errorf("shown\n%s", got)
	}
}

func TestDataSourcesAreNoLoss(t *testing.T) {
	given := &tfjson.ResourceChange{
		Type: "aws_sqs_queue", Mode: tfjson.DataResourceMode,
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}, Before: map[string]any{"name": "theirs"}},
	}
	if got := lossesIn([]*tfjson.ResourceChange{given}); len(got) > 0 {
		t.Errorf("got %+v", got[0])
	}
}
