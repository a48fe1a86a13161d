package forwarder

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// workshop is a receiver with a few workers: a request that comes when all are busy waits, and gives up after five
// seconds.
type workshop struct {
	*receiver
	hands chan struct{}
	each  time.Duration
	late  int
}

func (w *workshop) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	timeout, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case w.hands <- struct{}{}:
		defer func() { <-w.hands }()
	case <-timeout.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.late++
		return sink.Verdict{Fate: sink.Unavailable, Reason: "no answer in time", Err: timeout.Err()}
	}
	pause(timeout, w.each)
	return w.receiver.Send(ctx, events...)
}

func TestSlowReceiverIsNotOverrun(t *testing.T) {
	var shop *workshop
	run(t, func(o *Options) {
		shop = &workshop{receiver: o.Sink.(*receiver), hands: make(chan struct{}, 10), each: time.Second}
		o.Sink = shop
	}, func(r *rig) {
		r.queue.send(ids(1500)...)
		pass(200 * time.Second) // 150 s of work
		checkOnce(t, r, 1500)
		if shop.late > 50 {
			t.Errorf("%d of 1500 tries timed out", shop.late)
		}
	})
}

func TestFarReceiverGetsMoreAtOnce(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.delay = 200 * time.Millisecond
		r.queue.send(ids(9999)...)
		pass(10 * time.Second) // 64 at once would bring 3,200 through
		if n := len(r.sink.delivered()); n < 9000 {
			t.Errorf("%d delivered in ten seconds", n)
		}
	})
}

// line is a receiver behind a line that passes one event at a time.
type line struct {
	*receiver
	mu   sync.Mutex
	each time.Duration
	free time.Time
}

func (l *line) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	l.mu.Lock()
	l.free = l.free.Add(l.each)
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	free := l.free
	l.mu.Unlock()
	pause(ctx, time.Until(free))
	return l.receiver.Send(ctx, events...)
}

// TestNoMoreConnectionsThanBringSomething has a distant receiver that accepts 1,000 events per second, for which 50
// requests at once are enough.
func TestNoMoreConnectionsThanBringSomething(t *testing.T) {
	run(t, func(o *Options) {
		r := o.Sink.(*receiver)
		r.delay = 50 * time.Millisecond
		o.Sink = &line{receiver: r, each: time.Millisecond}
	}, func(r *rig) {
		r.queue.send(ids(20_000)...)
		for range 18 {
			pass(time.Second)
			r.pool.mu.Lock()
			if r.pool.limiter.limit > 128 {
				t.Errorf("%d at once", r.pool.limiter.limit)
			}
			r.pool.mu.Unlock()
		}
		if n := len(r.sink.delivered()); n < 17_000 {
			t.Errorf("%d delivered in 18 seconds", n)
		}
		pass(5 * time.Second)
		checkOnce(t, r, 20_000)
	})
}

// TestOutage has no receiver for a minute, with a visibility timeout of two seconds and three receives allowed.
func TestOutage(t *testing.T) {
	run(t, func(o *Options) { o.Visibility = 2 * time.Second }, func(r *rig) {
		const n = 20_000
		r.queue.visibility, r.queue.maxReceives = 2*time.Second, 3
		r.queue.send(ids(n)...)
		pass(100 * time.Millisecond)
		r.sink.set(refusedConnection)
		pass(time.Minute)
		if got := len(r.sink.delivered()); got == 0 || got == n {
			t.Errorf("%d delivered before the outage", got)
		}
		r.sink.set(nil)
		pass(10 * time.Second)
		checkOnce(t, r, n)
		if len(r.queue.dead) > 0 {
			t.Errorf("%d dead letters", len(r.queue.dead))
		}
	})
}

// TestFullSpeedAfterALongStall has a distant receiver that does not answer for an hour.
func TestFullSpeedAfterALongStall(t *testing.T) {
	run(t, func(o *Options) {
		o.Sink.(*receiver).delay, o.MaxInFlight = 100*time.Millisecond, 200
	}, func(r *rig) {
		stalled := func(is bool) {
			r.sink.mu.Lock()
			defer r.sink.mu.Unlock()
			r.sink.delay, r.sink.answer = 100*time.Millisecond, nil
			if is {
				r.sink.delay = 5 * time.Second
				r.sink.answer = func([]string) sink.Verdict {
					return sink.Verdict{Fate: sink.Unavailable, Reason: "no answer in time", Err: context.DeadlineExceeded}
				}
			}
		}
		rate := func() int {
			before := len(r.sink.delivered())
			pass(time.Second)
			return len(r.sink.delivered()) - before
		}
		r.queue.send(ids(15_000)...)
		pass(3 * time.Second)
		before := rate()
		stalled(true)
		pass(time.Hour)
		stalled(false)
		pass(2 * time.Second)
		if after := rate(); after < before*4/5 {
			t.Errorf("%d events in the third second after the receiver's return, %d in one before the outage", after, before)
		}
		pass(time.Minute)
		checkOnce(t, r, 15_000)
	})
}

// TestFewFileDescriptors has a process that may open fewer connections than the distant receiver needs.
func TestFewFileDescriptors(t *testing.T) {
	var open, refused atomic.Int64
	run(t, func(o *Options) {
		r := o.Sink.(*receiver)
		r.delay = 50 * time.Millisecond
		o.Sink = few{r, &open, &refused}
	}, func(r *rig) {
		r.queue.send(ids(10_000)...)
		pass(20 * time.Second)
		if n := len(r.sink.delivered()); n < 10_000 {
			t.Errorf("%d delivered in twenty seconds, after %d tries without a connection", n, refused.Load())
		}
		if n := refused.Load(); n > 1000 {
			t.Errorf("%d tries without a connection", n)
		}
		pass(30 * time.Second)
		checkOnce(t, r, 10_000)
	})
}

// few is a receiver that can be reached over at most forty connections.
type few struct {
	*receiver
	open, refused *atomic.Int64
}

func (f few) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	defer f.open.Add(-1)
	if f.open.Add(1) > 40 {
		f.refused.Add(1)
		return sink.Verdict{
			Fate: sink.Unavailable, Reason: "no descriptor", Err: &net.OpError{Op: "dial", Err: syscall.EMFILE},
		}
	}
	return f.receiver.Send(ctx, events...)
}

// TestAConstantlySlowReceiverGetsAsMuch has attempts that time out after five seconds, and answers after about half of
// that.
func TestAConstantlySlowReceiverGetsAsMuch(t *testing.T) {
	for _, takes := range []time.Duration{2400 * time.Millisecond, 2600 * time.Millisecond, 3500 * time.Millisecond} {
		run(t, func(o *Options) { o.MaxInFlight = 200 }, func(r *rig) {
			r.sink.delay = takes
			r.queue.send(ids(10_000)...)
			pass(time.Minute)
			before := len(r.sink.delivered())
			pass(time.Minute)
			want := 60 * 200 / takes.Seconds()
			if n := float64(len(r.sink.delivered()) - before); n < want*0.9 {
				t.Errorf("%.0f delivered in a minute when each takes %s, %.0f expected", n, takes, want)
			}
		})
	}
}

// TestSomeSlowAnswersAreNoOverload has one answer in fifty that takes longer than half of SINK_TIMEOUT.
func TestSomeSlowAnswersAreNoOverload(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.slowEvery = 50
		r.queue.send(ids(20_000)...)
		pass(30 * time.Second)
		if n := len(r.sink.delivered()); n < 10_000 {
			t.Errorf("%d delivered in thirty seconds", n)
		}
	})
}

// fresh is a receiver for which new connections cost both sides so much that all requests take longer for a second.
type fresh struct {
	*receiver
	mu           sync.Mutex
	active, open int
	busy         time.Time
}

func (f *fresh) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	f.mu.Lock()
	f.active++
	if f.active > f.open {
		f.open, f.busy = f.active, time.Now().Add(time.Second)
	}
	busy := time.Now().Before(f.busy)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.active--
		f.mu.Unlock()
	}()
	pause(ctx, 20*time.Millisecond)
	if busy {
		pause(ctx, 80*time.Millisecond)
	}
	return f.receiver.Send(ctx, events...)
}

// TestNewConnectionsGetTimeForTheirHandshakes checks that no step is undone because of what opening its connections
// cost.
func TestNewConnectionsGetTimeForTheirHandshakes(t *testing.T) {
	run(t, func(o *Options) { o.Sink = &fresh{receiver: o.Sink.(*receiver), open: firstLimit} }, func(r *rig) {
		r.queue.send(ids(10_000)...)
		limit := 0
		for range 30 {
			pass(100 * time.Millisecond)
			r.pool.mu.Lock()
			if l := r.pool.limiter.limit; l < limit {
				t.Errorf("%d at once, after %d", l, limit)
			}
			limit = r.pool.limiter.limit
			r.pool.mu.Unlock()
		}
		if limit <= firstLimit {
			t.Errorf("%d at once", limit)
		}
		pass(10 * time.Second)
		checkOnce(t, r, 10_000)
	})
}

// TestOneBadInstanceIsNoOverload has one answer in two hundred say that the receiver is overloaded, as does one broken
// instance behind a load balancer.
func TestOneBadInstanceIsNoOverload(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.delay = 20 * time.Millisecond
		r.sink.set(func(some []string) sink.Verdict {
			if r.sink.tries%200 == 0 {
				return status(503)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(20_000)...)
		pass(time.Minute)
		if n := len(r.sink.delivered()); n < 20_000 {
			t.Errorf("%d delivered in a minute", n)
		}
	})
}
