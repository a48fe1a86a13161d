package forwarder

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

func TestRefused(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(func(ids []string) sink.Verdict {
			if ids[0] == "m00003" {
				return status(422)(ids)
			}
			return status(200)(ids)
		})
		r.queue.send(ids(5)...)
		pass(time.Second)
		if why := r.queue.dead["m00003"]; why["status"] != "422" || why["reason"] != "status 422" ||
			why["event-id"] != "m00003" {
			t.Errorf("dead letter says %v", why)
		}
		if len(r.queue.deleted) != 5 || len(r.sink.delivered()) != 4 || r.Health().Receiver != nil {
			t.Errorf("%v deleted", slices.Sorted(maps.Keys(r.queue.deleted)))
		}
	})
}

// TestNotEncoded has events that are never sent: the log does not blame the receiver.
func TestNotEncoded(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.set(func([]string) sink.Verdict { return sink.Verdict{Fate: sink.Refused, Reason: "encode event: no"} })
		r.queue.send("m00000")
		pass(time.Second)
	})
	if all := logs.All(); len(all) != 1 || all[0].Message != "event cannot be encoded: it is in the dead-letter queue" {
		t.Errorf("log: %v", all)
	}
}

func TestRefusedWithoutDeadLetterQueue(t *testing.T) {
	run(t, func(o *Options) { o.DeadLetter = nil }, func(r *rig) {
		r.queue.maxReceives = 3
		r.sink.set(status(400))
		r.queue.send("m00000")
		pass(5 * time.Minute)
		if r.queue.dead["m00000"]["redrive"] != "policy" || r.sink.tried() != 3*(1+maxEarlyRetries) || r.leases.len() != 0 {
			t.Errorf("dead %v after %d tries", r.queue.dead, r.sink.tried())
		}
	})
}

// TestRefusedAndTooLarge has a dead-letter queue that never accepts the event, which it reports at once or after an
// outage.
func TestRefusedAndTooLarge(t *testing.T) {
	for name, first := range map[string]error{"at once": queue.ErrTooLarge, "later": errors.New("throttled")} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(r *rig) {
				errs := []error{first}
				r.queue.fail(func(op string) error {
					if op != "dead-letter" {
						return nil
					}
					err := errs[0]
					errs = []error{fmt.Errorf("send: %w", queue.ErrTooLarge)}
					return err
				})
				r.queue.maxReceives = 3
				r.sink.set(func(ids []string) sink.Verdict {
					if ids[0] == "m00000" {
						return status(422)(ids)
					}
					return status(200)(ids)
				})
				r.queue.send("m00001")
				pass(time.Second)
				r.queue.send("m00000")
				pass(5 * time.Minute)
				if r.queue.dead["m00000"]["redrive"] != "policy" || r.sink.tried() != 4 || r.leases.len() != 0 {
					t.Errorf("dead %v after %d tries, %d held", r.queue.dead, r.sink.tried(), r.leases.len())
				}
			})
		})
	}
}

func TestDeadLetterQueueAway(t *testing.T) {
	run(t, nil, func(r *rig) {
		since := time.Now()
		r.queue.fail(func(op string) error {
			if op == "dead-letter" && time.Since(since) < 5*time.Minute {
				return errors.New("throttled")
			}
			return nil
		})
		r.sink.set(status(415))
		r.queue.send("m00000")
		pass(7 * time.Minute)
		if r.queue.deleted["m00000"] != 1 || r.queue.dead["m00000"] == nil {
			t.Errorf("deleted %v, dead %v", r.queue.deleted, r.queue.dead)
		}
	})
}

// TestDeadLetterQueueAwayHoldsNothingUp has more refused events than concurrent requests.
func TestDeadLetterQueueAwayHoldsNothingUp(t *testing.T) {
	run(t, nil, func(r *rig) {
		away := failing("dead-letter", "throttled")
		r.queue.fail(away)
		const bad = 3 * firstLimit
		r.sink.set(func(some []string) sink.Verdict {
			if slices.Contains(append(ids(bad), "late"), some[0]) {
				return status(422)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(1000)[999]) // after a first delivery a refusal is the event's own
		pass(time.Second)
		r.queue.send(ids(999)...)
		pass(10 * time.Second)
		if n := len(r.sink.delivered()); n != 1000-bad || r.leases.len() != bad {
			t.Errorf("%d of %d delivered, %d held", n, 1000-bad, r.leases.len())
		}
		r.queue.fail(func(string) error { return nil })
		pass(2 * time.Minute)
		if len(r.queue.dead) != bad || len(r.queue.deleted) != 1000 || r.sink.tried() != 1000 {
			t.Errorf("%d dead letters, %d deleted after %d tries", len(r.queue.dead), len(r.queue.deleted), r.sink.tried())
		}
		r.queue.fail(away)
		r.queue.send("late")
		pass(10 * time.Second)
		if took := r.end(); took > 2*time.Second {
			t.Errorf("took %s to stop", took)
		}
		if visible, invisible := r.queue.state(); visible != 1 || invisible != 0 {
			t.Errorf("%d visible, %d invisible after the end", visible, invisible)
		}
	})
}

// TestDeadLetterQueueAwayAndNothingToProbeWith has one event left to try when a receiver with a quiet time comes back.
func TestDeadLetterQueueAwayAndNothingToProbeWith(t *testing.T) {
	run(t, func(o *Options) { o.QuietTime = 25 * time.Second }, func(r *rig) {
		r.queue.send("first")
		pass(time.Second)
		r.queue.fail(failing("dead-letter", "throttled"))
		r.sink.set(status(422))
		r.queue.send(ids(2 * queue.MaxBatch)...)
		pass(time.Second)
		r.sink.set(status(503))
		r.queue.send("one")
		pass(time.Minute)
		r.sink.set(nil)
		r.queue.send("two", "three")
		pass(time.Minute)
		if got := r.sink.delivered(); len(got) != 4 || r.leases.len() != 2*queue.MaxBatch {
			t.Errorf("delivered %v, %d held", got, r.leases.len())
		}
	})
}
