package forwarder

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// TestAProbeWaitsForNoWorker has a receiver that does not answer, so that the only worker is busy with an attempt for
// five seconds.
func TestAProbeWaitsForNoWorker(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.limitTo(1)
		r.sink.delay = 5 * time.Second
		r.sink.set(func([]string) sink.Verdict {
			return sink.Verdict{Fate: sink.Unavailable, Reason: "no answer in time", Err: context.DeadlineExceeded}
		})
		r.queue.send(ids(100)...)
		pass(time.Minute) // the third failure opens the breaker
		before := r.sink.tried()
		pass(time.Minute)
		if n := r.sink.tried() - before; n < 50 || n > 120 {
			t.Errorf("%d probes in a minute", n)
		}
	})
}

// TestRetryAfterDelaysTheReceiverAlone lets a success arrive just after a refusal with Retry-After.
func TestRetryAfterDelaysTheReceiverAlone(t *testing.T) {
	for range 20 {
		run(t, nil, func(r *rig) {
			r.sink.set(func(some []string) sink.Verdict {
				if some[0] == "m00000" && r.sink.tries < 20 {
					return sink.Verdict{Fate: sink.Unavailable, Status: 503, Reason: "busy", RetryAfter: 15 * time.Minute}
				}
				return status(200)(some)
			})
			r.queue.send(ids(30)...)
			pass(15*time.Minute + 5*time.Second)
			checkOnce(t, r, 30)
		})
	}
}

// TestAWrongFormatCostsNoEvent has a receiver that refuses every event, as one does that reads another format.
func TestAWrongFormatCostsNoEvent(t *testing.T) {
	for _, code := range []int{400, 415, 422} {
		for _, arrays := range []bool{false, true} {
			t.Run(fmt.Sprint(code, arrays), func(t *testing.T) {
				run(t, func(o *Options) { o.Arrays = arrays }, func(r *rig) {
					r.sink.set(status(code))
					r.queue.send(ids(500)...)
					pass(10 * time.Minute)
					if len(r.queue.dead) != 0 || len(r.queue.deleted) != 0 || r.Health().Receiver == nil {
						t.Errorf(
							"%d dead letters, %d deleted, receiver: %v", len(r.queue.dead), len(r.queue.deleted), r.Health().Receiver,
						)
					}
					before := r.sink.tried()
					pass(time.Minute)
					if n := r.sink.tried() - before; n < 30 || n > 120 {
						t.Errorf("%d tries in a minute", n)
					}
					r.sink.set(nil)
					pass(10 * time.Second)
					checkOnce(t, r, 500)
				})
			})
		}
	}
}

// TestFewRefusalsAreTheEventsOwn lets the first two events be refused before anything is delivered.
func TestFewRefusalsAreTheEventsOwn(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(func(some []string) sink.Verdict {
			if some[0] < "m00002" {
				return status(422)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(2)...)
		pass(time.Minute)
		if len(r.queue.dead) != 2 || len(r.queue.deleted) != 2 || r.leases.len() != 0 {
			t.Errorf("%d dead letters, %d held", len(r.queue.dead), r.leases.len())
		}
		r.queue.send(ids(10)[2:]...)
		pass(time.Second)
		r.sink.set(status(422))
		more := []string{"n1", "n2", "n3", "n4", "n5"}
		r.queue.send(more...)
		pass(5 * time.Second)
		for _, id := range more {
			if r.queue.dead[id] == nil {
				t.Errorf("%s is no dead letter after a first delivery", id)
			}
		}
	})
}

// TestTheFirstDeliveryDecides has events that are refused before it: they become dead letters at the next attempt after
// something is delivered.
func TestTheFirstDeliveryDecides(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(func(some []string) sink.Verdict {
			if slices.Contains([]string{"m00000", "m00001"}, some[0]) {
				return status(400)(some)
			}
			return status(200)(some)
		})
		r.queue.send("m00000", "m00001")
		pass(time.Second)
		r.queue.send("m00002")
		pass(2 * time.Second)
		if len(r.queue.dead) != 2 || len(r.queue.deleted) != 3 {
			t.Errorf("%d dead letters, %d deleted", len(r.queue.dead), len(r.queue.deleted))
		}
	})
}

// TestTheLogOfAnOutage has a receiver whose answers all differ, as those that contain an id do, and then one that has
// another cause.
func TestTheLogOfAnOutage(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	lines := func() int { return logs.FilterMessageSnippet("receiver does not accept events").Len() }
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.delay = 100 * time.Millisecond
		r.sink.set(func(some []string) sink.Verdict {
			letters := strings.NewReplacer("0", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7", "h",
				"8", "i", "9", "j").Replace(some[0])
			return sink.Verdict{Fate: sink.Unavailable, Status: 500, Reason: "500: cannot publish event " + letters}
		})
		r.queue.send(ids(300)...)
		pass(time.Minute)
		if n := lines(); n < 2 || n > 8 {
			t.Errorf("%d lines in a minute", n)
		}
		before := lines()
		r.sink.set(func([]string) sink.Verdict {
			return sink.Verdict{Fate: sink.Unavailable, Status: 502, Reason: "502 Bad Gateway"}
		})
		pass(30 * time.Second)
		if n := lines() - before; n != 1 {
			t.Errorf("%d lines about another cause", n)
		}
	})
}

// TestAnOutageReceivesLittle has messages on the queue while deliveries fail because of the receiver, or perhaps of the
// leased events.
func TestAnOutageReceivesLittle(t *testing.T) {
	for name, c := range map[string]struct {
		answer func([]string) sink.Verdict
		most   int // receives in ten minutes
	}{
		"receiver":       {refusedConnection, 0},
		"perhaps events": {status(500), 21},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(o *Options) {
				o.Source, o.MaxInFlight = farReceives{o.Source, 10 * time.Millisecond}, 100_000
			}, func(r *rig) {
				r.queue.send(ids(5000)...)
				pass(100 * time.Millisecond)
				r.sink.set(c.answer)
				pass(30 * time.Second)
				before := r.queue.calls()
				pass(10 * time.Minute)
				if n := r.queue.calls() - before; n > c.most || n < c.most-5 {
					t.Errorf("%d receives", n)
				}
			})
		})
	}
}

// TestRetryAfterIsDecidedOnce has the verdicts of two attempts that were in progress together: the event that failed
// waits only for the breaker.
func TestRetryAfterIsDecidedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		single := func() int { return 1 }
		b := newBreaker(0, single, single, newMetrics(prometheus.NewRegistry()).receiver, zap.NewNop())
		b.close()
		began := time.Now()
		<-time.After(time.Millisecond)
		busy := sink.Verdict{Fate: sink.Unavailable, Status: 503, Reason: "busy", RetryAfter: 15 * time.Minute}
		if act := b.record(one("a"), false, began, busy); act != holdEvents {
			t.Errorf("the event is to be treated as %d", act)
		}
		b.record(one("b"), false, began, sink.Verdict{Fate: sink.Delivered})
		if !b.isOpen() || b.untilAllowed() < 14*time.Minute {
			t.Error("a success of a try that began before Retry-After closed the breaker")
		}
		<-time.After(time.Millisecond)
		b.record(one("c"), false, time.Now(), sink.Verdict{Fate: sink.Delivered})
		if b.isOpen() {
			t.Error("the breaker is open after a success of a try that began later")
		}
	})
}

func one(id string) job {
	return job{unit: []*leasedMessage{{Message: queue.Message{ID: id}}}}
}

// TestProbesOfASilentReceiver has a receiver that never answers: an attempt is made every second, no matter when
// earlier ones are given up.
func TestProbesOfASilentReceiver(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.delay = 5 * time.Second
		r.sink.set(func([]string) sink.Verdict {
			return sink.Verdict{Fate: sink.Unavailable, Reason: "no answer in time", Err: context.DeadlineExceeded}
		})
		r.queue.send(ids(100)...)
		pass(time.Minute)
		before := r.sink.tried()
		pass(time.Minute)
		if n := r.sink.tried() - before; n < 58 || n > 62 {
			t.Errorf("%d tries in a minute", n)
		}
	})
}

// TestTheFormatIsNamed has a receiver whose answer points to another format.
func TestTheFormatIsNamed(t *testing.T) {
	core, logs := observer.New(zap.ErrorLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.set(func([]string) sink.Verdict {
			return sink.Verdict{Fate: sink.Refused, Status: 415, Reason: "415 Unsupported Media Type", Format: "structured"}
		})
		r.queue.send(ids(5)...)
		pass(time.Second)
		if err := r.Health().Receiver; err == nil || !strings.Contains(err.Error(), "FORMAT=structured") {
			t.Errorf("receiver: %v", err)
		}
	})
	if all := logs.All(); len(all) != 1 || !strings.Contains(fmt.Sprint(all[0].ContextMap()), "FORMAT=structured") {
		t.Errorf("log: %v", all)
	}
}

// TestAFormatThatCannotBeNamed has a receiver whose answer points to no other format: it is still reported that the
// format is wrong.
func TestAFormatThatCannotBeNamed(t *testing.T) {
	core, logs := observer.New(zap.ErrorLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.set(status(400))
		r.queue.send(ids(5)...)
		pass(time.Second)
		if err := r.Health().Receiver; err == nil || !strings.Contains(err.Error(), "FORMAT") {
			t.Errorf("receiver: %v", err)
		}
	})
	if all := logs.All(); len(all) != 1 || strings.Contains(fmt.Sprint(all[0].ContextMap()), "FORMAT=") {
		t.Errorf("log: %v", all)
	}
}

// TestAnEventThatAlwaysFailsStopsNoOthers arrives alone, so that nothing but it can be the probe.
func TestAnEventThatAlwaysFailsStopsNoOthers(t *testing.T) {
	for _, code := range []int{500, 502, 503, 429, 401, 403, 404} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			run(t, nil, func(r *rig) {
				r.sink.set(func(some []string) sink.Verdict {
					if some[0] == "bad" {
						return status(code)(some)
					}
					return status(200)(some)
				})
				r.queue.send("bad")
				pass(30 * time.Second)
				r.queue.send(ids(100)...)
				pass(time.Minute)
				if n := len(r.sink.delivered()); n != 100 {
					t.Errorf("%d of 100 others delivered within a minute", n)
				}
			})
		})
	}
}

// TestShortOutagesAreLoggedAtMostOnceAMinute has a receiver that fails now and then, and each time opens the breaker.
func TestShortOutagesAreLoggedAtMostOnceAMinute(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.delay = 20 * time.Millisecond
		r.sink.set(func(some []string) sink.Verdict {
			if r.sink.tries%2 == 0 {
				return status(503)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(5000)...)
		pass(time.Minute)
		closed := logs.FilterMessage("receiver accepts events again").Len()
		if n := logs.FilterMessageSnippet("receiver does not accept events").Len(); n < 1 || n > 2 || closed > n {
			t.Errorf("%d outages and %d ends of one are logged", n, closed)
		}
	})
}
