package forwarder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

func TestStopWhileReceiverIsAway(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(100)...)
		pass(5 * time.Second)
		if took := r.end(); took > 2*time.Second {
			t.Errorf("took %s to stop", took)
		}
		checkReleased(t, r, 100)
	})
}

// checkReleased checks that n messages are visible to others at once, after one receive each.
func checkReleased(t *testing.T, r *rig, n int) {
	t.Helper()
	if visible, invisible := r.queue.state(); visible != n || invisible != 0 {
		t.Errorf("%d given back, %d left invisible", visible, invisible)
	}
	for _, m := range r.queue.messages {
		if m.receives != 1 {
			t.Errorf("%s was received %d times", m.id, m.receives)
		}
	}
}

func TestStopFinishesWhatIsHeld(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.delay = 3 * time.Second
		r.queue.send(ids(firstLimit)...)
		pass(time.Second)
		if took := r.end(); took > 4*time.Second {
			t.Errorf("took %s to stop", took)
		}
		checkOnce(t, r, firstLimit)
	})
}

func TestStopWithAHangingReceiver(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.delay = time.Hour
		r.queue.send(ids(100)...)
		pass(time.Second)
		if took := r.end(); took > r.options.ShutdownTimeout {
			t.Errorf("took %s to stop", took)
		}
		checkReleased(t, r, 100)
	})
	if all := logs.All(); len(all) > 0 { // tries that are cut off at the end say nothing of the receiver
		t.Errorf("log: %v", all)
	}
}

func TestStopGivesBackUntilItIsDone(t *testing.T) {
	run(t, nil, func(r *rig) {
		failures := 0
		r.queue.fail(func(op string) error {
			if op == "extend" && failures < 12 {
				failures++
				return errors.New("throttled")
			}
			return nil
		})
		r.sink.set(refusedConnection)
		r.queue.send(ids(30)...)
		pass(5 * time.Second)
		if took := r.end(); took > r.options.ShutdownTimeout {
			t.Errorf("took %s to stop", took)
		}
		checkReleased(t, r, 30)
	})
}

// slowRenewals are done two seconds after they were asked for, also when the message is visible by then, as SQS does.
type slowRenewals struct {
	*memory
	release time.Duration // how long a release takes
}

func (s slowRenewals) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	if timeout == 0 {
		pause(ctx, s.release)
		return s.memory.Extend(ctx, messages, timeout)
	}
	pause(ctx, 2*time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if slices.ContainsFunc(messages, func(o queue.Message) bool { return o.Receipt == m.receipt }) {
			m.visible = time.Now().Add(timeout)
		}
	}
	return make([]error, len(messages))
}

func TestStopWhileRenewing(t *testing.T) {
	run(t, func(o *Options) { o.Source = slowRenewals{memory: o.Source.(*memory)} }, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(30)...)
		pass(18*time.Second + 900*time.Millisecond) // the renewal at five eighths of the visibility timeout is under way
		r.end()
		checkReleased(t, r, 30)
	})
}

// TestNoRenewalDuringARelease stops just before renewals are due, while the releases take a second.
func TestNoRenewalDuringARelease(t *testing.T) {
	run(t, func(o *Options) {
		o.Source = slowRenewals{memory: o.Source.(*memory), release: time.Second}
	}, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(10)...)
		pass(17*time.Second + 400*time.Millisecond) // the receive in progress ends 1.2 seconds later
		r.end()
		checkReleased(t, r, 10)
	})
}

func TestStopWhileTheQueueFails(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.fail(func(op string) error {
			if op == "delete" || op == "extend" {
				return errors.New("queue is away")
			}
			return nil
		})
		r.queue.send(ids(30)...)
		pass(time.Second)
		if took := r.end(); took > r.options.ShutdownTimeout {
			t.Errorf("took %s to stop", took)
		}
		if len(r.queue.deleted) != 0 || len(r.sink.delivered()) != 30 || r.leases.len() != 0 {
			t.Errorf("%d deleted, %d delivered, %d held", len(r.queue.deleted), len(r.sink.delivered()), r.leases.len())
		}
	})
}

func TestRenewsWhatIsHeld(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.delay = 5 * time.Minute // ten visibility timeouts
		r.queue.send(ids(firstLimit)...)
		pass(6 * time.Minute)
		checkOnce(t, r, firstLimit)
	})
}

func TestRenewalsThatFailForAWhile(t *testing.T) {
	run(t, nil, func(r *rig) {
		since := time.Now()
		r.queue.fail(func(op string) error {
			if after := time.Since(since); op == "extend" && after > 10*time.Second && after < 22*time.Second {
				return errors.New("throttled")
			}
			return nil
		})
		r.sink.delay = 2 * time.Minute
		r.queue.send(ids(20)...)
		pass(3 * time.Minute)
		checkOnce(t, r, 20)
	})
}

// deaf is a queue whose first renewal never answers.
type deaf struct {
	*memory
	heard atomic.Bool
}

func (d *deaf) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	if d.heard.Swap(true) {
		return d.memory.Extend(ctx, messages, timeout)
	}
	<-ctx.Done()
	return slices.Repeat([]error{ctx.Err()}, len(messages))
}

func TestARenewalWithoutAnswer(t *testing.T) {
	run(t, func(o *Options) { o.Source = &deaf{memory: o.Source.(*memory)} }, func(r *rig) {
		r.sink.delay = 2 * time.Minute
		r.queue.send(ids(firstLimit)...)
		pass(3 * time.Minute)
		checkOnce(t, r, firstLimit)
	})
}

func TestWhatIsNoLongerOursIsDropped(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.fail(failing("extend", "access denied"))
		r.sink.set(refusedConnection)
		r.queue.send("m00000")
		pass(2 * time.Minute)
		r.sink.set(nil)
		pass(2 * time.Minute)
		if got := r.sink.delivered(); len(got) == 0 || r.queue.deleted["m00000"] < 2 || r.leases.len() != 0 {
			t.Errorf("delivered %v, deleted after %d receives, %d held", got, r.queue.deleted["m00000"], r.leases.len())
		}
	})
}

func TestHeldForAsLongAsSQSAllows(t *testing.T) {
	run(t, func(o *Options) { o.Visibility = 10 * time.Minute }, func(r *rig) {
		r.queue.visibility = 10 * time.Minute
		r.sink.set(status(503))
		r.queue.send("m00000")
		pass(10*time.Hour + 50*time.Minute)
		if n := r.queue.messages[0].receives; n != 1 {
			t.Errorf("received %d times within ten hours", n)
		}
		pass(2 * time.Hour)
		r.sink.set(nil)
		pass(time.Minute)
		if n := r.queue.deleted["m00000"]; n != 2 {
			t.Errorf("deleted after %d receives", n)
		}
	})
}

func TestDeletesThatFail(t *testing.T) {
	run(t, nil, func(r *rig) {
		failures := map[string]int{}
		r.queue.lose = func(m *stored) bool {
			failures[m.id]++
			return failures[m.id] < 4
		}
		r.queue.send(ids(40)...)
		pass(25 * time.Second)
		checkOnce(t, r, 40)
	})
}

func TestQueueAway(t *testing.T) {
	run(t, func(o *Options) { // before the first receive
		since := time.Now()
		o.Source.(*memory).fail(func(string) error {
			if time.Since(since) < 5*time.Minute {
				return errors.New("no route to host")
			}
			return nil
		})
	}, func(r *rig) {
		r.queue.send(ids(10)...)
		pass(time.Minute)
		if r.Health().Queue == nil {
			t.Error("queue counts as well")
		}
		pass(4*time.Minute + maxFailedGap + time.Second)
		checkOnce(t, r, 10)
		if r.Health().Queue != nil {
			t.Error(r.Health().Queue)
		}
	})
}

func TestOneEventThatAlwaysFails(t *testing.T) {
	for bad := 1; bad <= 5; bad += 2 {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			run(t, nil, func(r *rig) {
				r.sink.set(func(some []string) sink.Verdict {
					if slices.Contains(ids(bad), some[0]) {
						return status(500)(some)
					}
					return status(200)(some)
				})
				r.queue.send(ids(bad)...)
				pass(5 * time.Second)
				r.queue.send(ids(100)[bad:]...)
				pass(2 * time.Minute)
				if got := len(r.sink.delivered()); got != 100-bad || r.leases.len() != bad {
					t.Errorf("%d of %d good events delivered, %d held", got, 100-bad, r.leases.len())
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(func([]string) sink.Verdict {
			return sink.Verdict{Fate: sink.Unavailable, Status: 503, Reason: "busy", RetryAfter: time.Minute}
		})
		r.queue.send("m00000")
		pass(55 * time.Second)
		if r.sink.tried() != 1 {
			t.Errorf("%d tries within Retry-After", r.sink.tried())
		}
		r.sink.set(nil)
		pass(10 * time.Second)
		checkOnce(t, r, 1)
	})
}

// TestStopInTheShortestTime has the shortest time that is accepted, for a receiver that hangs, one that is unavailable
// and one that is healthy.
func TestStopInTheShortestTime(t *testing.T) {
	for name, change := range map[string]func(*receiver){
		"hangs": func(s *receiver) { s.delay = time.Hour },
		"away":  func(s *receiver) { s.answer = refusedConnection },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(o *Options) {
				o.ShutdownTimeout = time.Second
				o.Source = &slow{memory: o.Source.(*memory), takes: 200 * time.Millisecond}
				change(o.Sink.(*receiver))
			}, func(r *rig) {
				r.queue.send(ids(15)...)
				pass(5 * time.Second)
				if took := r.end(); took > r.options.ShutdownTimeout {
					t.Errorf("took %s to stop", took)
				}
				checkReleased(t, r, 15)
			})
		})
	}
}

// TestStopWithARenewalThatHangs has no time to wait for its answer.
func TestStopWithARenewalThatHangs(t *testing.T) {
	run(t, func(o *Options) {
		o.ShutdownTimeout, o.Source = time.Second, &deaf{memory: o.Source.(*memory)}
	}, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(15)...)
		pass(19 * time.Second) // the renewal at five eighths of the visibility timeout is under way
		r.end()
		checkReleased(t, r, 15)
	})
}

// TestAPurgeIsNoSecondComing has the messages removed from the queue while they are leased.
func TestAPurgeIsNoSecondComing(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(3)...)
		pass(5 * time.Second)
		r.queue.purge()
		pass(30 * time.Second)
		r.sink.set(nil)
		pass(30 * time.Second)
		if r.leases.len() != 0 {
			t.Errorf("%d held", r.leases.len())
		}
	})
	for _, line := range logs.All() {
		text := fmt.Sprint(line.Message, line.ContextMap())
		if strings.Contains(text, "second time") || strings.Contains(text, "the event is delivered again") ||
			strings.Contains(text, "#1") {
			t.Errorf("log: %s", text)
		}
	}
	if len(logs.FilterMessageSnippet("lease").All()) != 3 {
		t.Errorf("a lost lease is not logged once for each message: %v", logs.All())
	}
}
