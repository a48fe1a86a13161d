package forwarder

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// manyHours are visibility timeouts with which the limit of SQS is reached in many renewals, in few, and in none.
var manyHours = []time.Duration{30 * time.Second, 2 * time.Hour, 6 * time.Hour, 10 * time.Hour, queue.MaxHold}

func TestOutageOfManyHours(t *testing.T) {
	for _, visibility := range manyHours {
		for outage, receives := range map[time.Duration]int{10*time.Hour + 30*time.Minute: 1, 13 * time.Hour: 2} {
			t.Run(fmt.Sprint(visibility, outage), func(t *testing.T) {
				run(t, func(o *Options) { o.Visibility = visibility }, func(r *rig) {
					r.queue.visibility = visibility
					r.sink.set(func([]string) sink.Verdict {
						return sink.Verdict{Fate: sink.Unavailable, Status: 503, Reason: "busy", RetryAfter: 10 * time.Minute}
					})
					r.queue.send("m00000", "m00001")
					pass(outage)
					r.sink.set(nil)
					pass(11 * time.Minute)
					if got := r.queue.deleted; len(got) != 2 || got["m00000"] != receives || got["m00001"] != receives ||
						r.leases.len() != 0 {
						t.Errorf("deleted after so many receives: %v; %d held", got, r.leases.len())
					}
				})
			})
		}
	}
}

// TestOldAndYoungAreRenewedTogether has one event per hour, and a receiver that needs ten and a half hours for each.
func TestOldAndYoungAreRenewedTogether(t *testing.T) {
	for _, visibility := range manyHours {
		t.Run(visibility.String(), func(t *testing.T) {
			run(t, func(o *Options) { o.Visibility = visibility }, func(r *rig) {
				r.queue.visibility = visibility
				r.sink.delay = 10*time.Hour + 30*time.Minute
				for _, id := range ids(12) {
					r.queue.send(id)
					pass(time.Hour)
				}
				pass(r.sink.delay)
				checkOnce(t, r, 12)
			})
		})
	}
}

// slow is a queue whose renewals take long, and some of them never end.
type slow struct {
	*memory
	takes        time.Duration
	hangs        func(queue.Message) bool
	atOnce, most int
}

func (s *slow) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	s.count(1)
	defer s.count(-1)
	if s.hangs != nil && slices.ContainsFunc(messages, s.hangs) {
		<-ctx.Done()
	}
	pause(ctx, s.takes)
	return s.memory.Extend(ctx, messages, timeout)
}

func (s *slow) count(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atOnce += change
	s.most = max(s.most, s.atOnce)
}

func TestRenewalsAtOnceAreBounded(t *testing.T) {
	var q *slow
	run(t, func(o *Options) {
		q = &slow{memory: o.Source.(*memory), takes: 200 * time.Millisecond} // the time limit of a call is 500 ms
		o.Source, o.Visibility, o.MaxInFlight = q, 4*time.Second, 3000
	}, func(r *rig) {
		r.queue.visibility = 4 * time.Second
		r.queue.send(ids(2500)...)
		r.sink.set(refusedConnection)
		pass(time.Minute)
		r.sink.set(nil)
		pass(10 * time.Second)
		checkOnce(t, r, 2500)
		if q.most > maxCalls {
			t.Errorf("%d renewals at once", q.most)
		}
	})
}

// TestRenewalsThatNeverEnd has as many of them as are allowed at the same time, each time those that are due first.
func TestRenewalsThatNeverEnd(t *testing.T) {
	const hang = maxCalls * queue.MaxBatch
	run(t, func(o *Options) {
		bad := ids(hang)
		o.Source = &slow{
			memory: o.Source.(*memory),
			takes:  20 * time.Millisecond,
			hangs:  func(m queue.Message) bool { return m.ID <= bad[hang-1] },
		}
	}, func(r *rig) {
		r.sink.delay = time.Hour
		all := ids(hang + 300)
		r.queue.send(all[:hang]...)
		pass(time.Second)
		r.queue.send(all[hang:]...)
		pass(5 * time.Minute)
		for _, m := range r.queue.messages[hang:] {
			if m.receives != 1 {
				t.Errorf("%s was received %d times", m.id, m.receives)
			}
		}
	})
}

// TestReleaseWaitsForOneRenewalOnly has a renewal in progress of one of two messages that are to be released: the other
// is not renewed meanwhile.
func TestReleaseWaitsForOneRenewalOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &Options{MaxInFlight: 1000, Visibility: time.Minute, Log: zap.NewNop()}
		l := newLeases(o, newMetrics(prometheus.NewRegistry()))
		messages := []queue.Message{{ID: "a", Received: time.Now()}, {ID: "b", Received: time.Now()}}
		l.receives++
		batch := l.add(messages, func(*queue.Message) (e event.Event) { return e })
		first, _ := l.begin(batch[:1], time.Now())
		go l.stopRenewing(batch)
		synctest.Wait()
		if second, _ := l.begin(batch, time.Now()); len(second) != 0 {
			t.Error("a renewal begins during a release")
		}
		l.end(first, slices.Repeat([]error{nil}, len(first)), time.Now().Add(time.Minute))
		synctest.Wait()
		if again, _ := l.begin(batch, time.Now()); len(again) != 0 {
			t.Error("a renewal begins after the release")
		}
	})
}

// TestHoldsNoMoreThanIsRenewed has a queue that renews 3,200 messages per second, and a far higher MAX_IN_FLIGHT.
func TestHoldsNoMoreThanIsRenewed(t *testing.T) {
	for _, visibility := range []time.Duration{2 * time.Second, 4 * time.Second} {
		t.Run(visibility.String(), func(t *testing.T) {
			run(t, func(o *Options) {
				o.Source = &slow{memory: o.Source.(*memory), takes: 200 * time.Millisecond}
				o.Visibility, o.MaxInFlight = visibility, 100_000
			}, func(r *rig) {
				const n = 10_000
				r.queue.visibility, r.queue.maxReceives = visibility, 3
				r.queue.send(ids(n)...)
				pass(100 * time.Millisecond)
				r.sink.set(refusedConnection)
				pass(time.Minute)
				r.sink.set(nil)
				pass(10 * time.Second)
				checkOnce(t, r, n)
			})
		})
	}
}

// TestWhatLapsedHoldsUpNothing has a queue that renews nothing during an outage: lost leases are skipped at once.
func TestWhatLapsedHoldsUpNothing(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.fail(failing("extend", "access denied"))
		r.sink.set(refusedConnection)
		r.queue.send(ids(900)...)
		pass(2 * time.Minute)
		r.queue.fail(func(string) error { return nil })
		r.sink.set(nil)
		pass(5 * time.Second)
		if n := len(r.queue.deleted); n != 900 {
			t.Errorf("%d of 900 delivered five seconds after the receiver's return, %d held", n, r.leases.len())
		}
	})
}

// TestRoomForAllThatIsRenewed has a slow receiver and a queue that can renew more messages than there are.
func TestRoomForAllThatIsRenewed(t *testing.T) {
	run(t, func(o *Options) {
		o.Source = &slow{memory: o.Source.(*memory), takes: 20 * time.Millisecond}
		o.MaxInFlight = 5000
	}, func(r *rig) {
		r.sink.delay = time.Hour
		r.queue.send(ids(6000)...)
		pass(30 * time.Second)
		if n := r.leases.len(); n != 5000 {
			t.Errorf("%d held", n)
		}
	})
}

// TestRoomForTheUsual has the default settings, and a queue that renews nothing.
func TestRoomForTheUsual(t *testing.T) {
	for _, visibility := range []time.Duration{2 * time.Second, 30 * time.Second, 10 * time.Minute} {
		run(t, func(o *Options) { o.Visibility = visibility }, func(r *rig) {
			r.queue.visibility = visibility
			r.queue.fail(failing("extend", "throttled"))
			r.sink.delay = visibility
			r.queue.send(ids(1100)...)
			pass(visibility * 7 / 8)
			if n := r.leases.len(); n != r.options.MaxInFlight {
				t.Errorf("%d held with a visibility timeout of %s", n, visibility)
			}
		})
	}
}

func TestRoomForFew(t *testing.T) {
	run(t, func(o *Options) { o.MaxInFlight = 3 }, func(r *rig) {
		r.queue.send(ids(100)...)
		pass(10 * time.Second)
		checkOnce(t, r, 100)
	})
}

// TestAMessageThatFailsIsDetached has one that is refused while the dead-letter queue is away, and one that fails.
func TestAMessageThatFailsIsDetached(t *testing.T) {
	for _, code := range []int{422, 500} {
		received := map[string]*byte{} // where the bodies are
		run(t, func(o *Options) {
			o.Event = func(m *queue.Message) event.Event {
				received[m.ID] = &m.Body[0]
				return event.Event{ID: m.ID, Type: "t", Data: m.Body}
			}
		}, func(r *rig) {
			r.queue.send("first")
			pass(time.Second)
			r.queue.fail(failing("dead-letter", "throttled"))
			r.sink.set(status(code))
			r.queue.send("bad")
			pass(time.Minute)
			r.leases.mu.Lock()
			defer r.leases.mu.Unlock()
			for m := range r.leases.all {
				if m.ID != "bad" || &m.Body[0] == received["bad"] || &m.Body[0] != &m.event.Data[0] {
					t.Errorf("%d: %s is not detached", code, m.ID)
				}
			}
			if len(r.leases.all) != 1 {
				t.Errorf("%d: %d are held", code, len(r.leases.all))
			}
		})
	}
}
