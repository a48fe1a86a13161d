package forwarder

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestNotReachedYet checks what health returns before anything is known about the receiver.
func TestNotReachedYet(t *testing.T) {
	run(t, func(o *Options) {
		o.Reach = func(ctx context.Context) error {
			pause(ctx, 2*time.Second)
			return nil
		}
	}, func(r *rig) {
		r.queue.send("m00000")
		pass(time.Second)
		if err := r.Health().Receiver; err == nil || err.Error() != "not reached yet" || r.sink.tried() != 0 {
			t.Errorf("receiver: %v, after %d tries", err, r.sink.tried())
		}
		pass(2 * time.Second)
		checkOnce(t, r, 1)
		if err := r.Health().Receiver; err != nil {
			t.Errorf("receiver: %v", err)
		}
	})
}

// listensAfter has nothing listening at the receiver's address at first.
func listensAfter(d time.Duration) func(context.Context) error {
	since := time.Now()
	return func(context.Context) error {
		if time.Since(since) < d {
			return errors.New("connection refused")
		}
		return nil
	}
}

// TestReachedBeforeAnEvent has nothing listening at the receiver's address for the first ten seconds.
func TestReachedBeforeAnEvent(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	run(t, func(o *Options) { o.Reach, o.Log = listensAfter(10*time.Second), zap.New(core) }, func(r *rig) {
		pass(5 * time.Second)
		if err := r.Health().Receiver; err == nil || err.Error() != "not reached yet: connection refused" {
			t.Errorf("receiver: %v", err)
		}
		pass(5*time.Second + maxProbeInterval)
		if err := r.Health().Receiver; err != nil {
			t.Errorf("receiver: %v", err)
		}
	})
	if all := logs.All(); len(all) != 2 || all[0].ContextMap()["reason"] != "not reached yet: connection refused" ||
		all[1].Message != "receiver can be reached: sending events" {
		t.Errorf("log: %v", all)
	}
}

// TestAHealthyStartLogsNothing has a receiver that can be reached at once.
func TestAHealthyStartLogsNothing(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	run(t, func(o *Options) { o.Log = zap.New(core) }, func(*rig) { pass(time.Second) })
	run(t, func(o *Options) {
		o.Log = zap.New(core)
		o.Reach = func(ctx context.Context) error { // until the forwarder stops
			<-ctx.Done()
			return ctx.Err()
		}
	}, func(*rig) { pass(time.Second) })
	if all := logs.All(); len(all) != 0 {
		t.Errorf("log: %v", all)
	}
}

// TestChecksThatGetNoAnswer has a receiver whose address answers nothing at first: a new check notices its return while
// others still wait for an answer to their first packet. It is left alone from then on.
func TestChecksThatGetNoAnswer(t *testing.T) {
	for _, quiet := range []time.Duration{0, 10 * time.Second} {
		for _, answers := range []time.Duration{1500 * time.Millisecond, 20500 * time.Millisecond} {
			run(t, func(o *Options) {
				since := time.Now()
				o.QuietTime, o.SinkTimeout = quiet, 5*time.Second
				o.Reach = func(ctx context.Context) error {
					if time.Since(since) > answers {
						return nil
					}
					pause(ctx, o.SinkTimeout)
					return context.DeadlineExceeded
				}
			}, func(r *rig) {
				r.queue.send(ids(10)...)
				pass(answers + 2*time.Second)
				if err := r.Health().Receiver; quiet == 0 && err != nil {
					t.Errorf("receiver: %v", err)
				}
				if n := len(r.sink.delivered()); quiet > 0 && answers > 5*time.Second && n > 0 {
					t.Errorf("%d delivered", n)
				}
				pass(quiet)
				checkOnce(t, r, 10)
			})
		}
	}
}

// TestQuietTimeAtTheStart has a receiver that starts after the forwarder, and one that was there before.
func TestQuietTimeAtTheStart(t *testing.T) {
	for away, delivered := range map[time.Duration]int{0: 10, 10 * time.Second: 0} {
		run(t, func(o *Options) { o.QuietTime, o.Reach = 25*time.Second, listensAfter(away) }, func(r *rig) {
			r.queue.send(ids(10)...)
			pass(30 * time.Second)
			if n := len(r.sink.delivered()); n != delivered {
				t.Errorf("%d delivered within the quiet time", n)
			}
			pass(10 * time.Second)
			checkOnce(t, r, 10)
		})
	}
}

// TestAReceiverThatIsBackIsLeftAlone has a receiver that loses the events of the first twenty seconds after its return,
// as Dispatch Solo does.
func TestAReceiverThatIsBackIsLeftAlone(t *testing.T) {
	for name, listens := range map[string]bool{"nothing listens": false, "a proxy answers": true} {
		t.Run(name, func(t *testing.T) {
			var away atomic.Bool
			run(t, func(o *Options) {
				o.QuietTime = 25 * time.Second
				o.Reach = func(context.Context) error {
					if away.Load() && !listens {
						return errors.New("connection refused")
					}
					return nil
				}
			}, func(r *rig) {
				r.queue.send(ids(10)...)
				pass(time.Second)
				away.Store(true)
				r.sink.set(status(503))
				r.queue.send(ids(30)[10:]...)
				pass(time.Minute)
				away.Store(false)
				r.sink.set(nil)
				pass(20 * time.Second)
				if n := len(r.sink.delivered()); listens && n > 11 || !listens && n > 10 {
					t.Errorf("%d delivered within the time", n)
				}
				pass(10 * time.Second)
				checkOnce(t, r, 30)
			})
		})
	}
}

// TestQuietTimeWithSlowConnections has a receiver to which it takes long to connect when it is back, so that several
// checks are in progress when the quiet time begins.
func TestQuietTimeWithSlowConnections(t *testing.T) {
	run(t, func(o *Options) {
		o.QuietTime = 25 * time.Second
		listens := listensAfter(10 * time.Second)
		o.Reach = func(ctx context.Context) error {
			if err := listens(ctx); err != nil {
				return err
			}
			pause(ctx, 2500*time.Millisecond)
			return nil
		}
	}, func(r *rig) {
		r.queue.send(ids(10)...)
		pass(35 * time.Second)
		if n := len(r.sink.delivered()); n != 0 {
			t.Errorf("%d delivered within the quiet time", n)
		}
		pass(10 * time.Second)
		checkOnce(t, r, 10)
	})
}

// TestQuietTimeBeginsAgain has a receiver that is away once more when the quiet time ends.
func TestQuietTimeBeginsAgain(t *testing.T) {
	run(t, func(o *Options) {
		o.QuietTime = 25 * time.Second
		since := time.Now()
		o.Reach = func(context.Context) error {
			if at := time.Since(since); at < 10*time.Second || at > 20*time.Second && at < 40*time.Second {
				return errors.New("connection refused")
			}
			return nil
		}
	}, func(r *rig) {
		r.queue.send(ids(10)...)
		pass(time.Minute)
		if n := len(r.sink.delivered()); n != 0 {
			t.Errorf("%d delivered within the second quiet time", n)
		}
		pass(10 * time.Second)
		checkOnce(t, r, 10)
	})
}

// TestQuietTimeEndsWithoutAnEvent has no event left when the quiet time of the receiver is over.
func TestQuietTimeEndsWithoutAnEvent(t *testing.T) {
	run(t, func(o *Options) { o.QuietTime = 25 * time.Second }, func(r *rig) {
		r.sink.set(status(503))
		r.queue.send("m00000")
		pass(10 * time.Second)
		r.sink.set(nil)
		pass(20 * time.Second)
		if r.Health().Receiver == nil {
			t.Error("the quiet time ended early")
		}
		pass(10 * time.Second)
		if err := r.Health().Receiver; err != nil {
			t.Errorf("health after the quiet time: %v", err)
		}
		checkOnce(t, r, 1)
	})
}
