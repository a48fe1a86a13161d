package forwarder

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// clock notes when each event was sent.
type clock struct {
	*receiver
	mu sync.Mutex
	at []time.Time
}

func (c *clock) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	c.mu.Lock()
	for range events {
		c.at = append(c.at, time.Now())
	}
	c.mu.Unlock()
	return c.receiver.Send(ctx, events...)
}

func (c *clock) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// most returns the largest number of events that were sent in any second.
func (c *clock) most() (most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := 0
	for i := range c.at {
		for c.at[i].Sub(c.at[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestRate(t *testing.T) {
	for _, c := range []struct {
		rate            int
		arrays, ordered bool
	}{
		{rate: 1},
		{rate: 7},
		{rate: 50},
		{rate: 120},
		{rate: 3, arrays: true},
		{rate: 50, arrays: true},
		{rate: 25, ordered: true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var sent *clock
			run(t, func(o *Options) {
				sent = &clock{receiver: o.Sink.(*receiver)}
				o.Sink, o.MaxRate, o.Arrays, o.Ordered = sent, c.rate, c.arrays, c.ordered
			}, func(r *rig) {
				r.queue.send(ids(c.rate * 65)...)
				pass(5 * time.Second)
				before := sent.count()
				pass(60 * time.Second)
				if n := sent.count() - before; n < c.rate*57 || n > c.rate*63 {
					t.Errorf("%d sent in a minute", n)
				}
				if most := sent.most(); most > c.rate+max(1, c.rate/20) {
					t.Errorf("%d sent in one second", most)
				}
				if held := r.leases.len(); held > max(10, 5*c.rate) {
					t.Errorf("%d leased", held)
				}
				r.queue.mu.Lock()
				defer r.queue.mu.Unlock()
				for _, m := range r.queue.messages {
					if m.receives > 1 {
						t.Errorf("%s was received %d times", m.id, m.receives)
					}
				}
			})
		})
	}
}

// TestRateAndAnOutage has a receiver that becomes unavailable while events wait for their turn.
func TestRateAndAnOutage(t *testing.T) {
	run(t, func(o *Options) { o.MaxRate = 1 }, func(r *rig) {
		r.queue.send(ids(60)...)
		pass(5 * time.Second)
		r.sink.set(refusedConnection)
		pass(5 * time.Second)
		before := r.sink.tried()
		pass(time.Minute)
		if n := r.sink.tried() - before; n < 50 || n > 120 {
			t.Errorf("%d probes in a minute", n)
		}
		r.sink.set(nil)
		pass(2 * time.Second)
		if r.Health().Receiver != nil {
			t.Error("the receiver's return is not seen")
		}
		pass(3 * time.Minute)
		checkOnce(t, r, 60)
	})
}

// TestLostLeasesUseUpNoRate has a queue that renews nothing during an outage: the first probe afterwards finds ten lost
// leases.
func TestLostLeasesUseUpNoRate(t *testing.T) {
	run(t, func(o *Options) { o.MaxRate = 2 }, func(r *rig) {
		r.queue.fail(failing("extend", "access denied"))
		r.sink.set(refusedConnection)
		r.queue.send(ids(30)...)
		pass(30*time.Second + 100*time.Millisecond)
		r.sink.set(nil)
		pass(5 * time.Second)
		if n := len(r.sink.delivered()); n < 5 {
			t.Errorf("%d delivered five seconds after the receiver's return", n)
		}
	})
}

// TestStopAtALowRate has more messages leased than can be sent before the stop.
func TestStopAtALowRate(t *testing.T) {
	run(t, func(o *Options) { o.MaxRate, o.ShutdownTimeout = 1, 4*time.Second }, func(r *rig) {
		r.queue.send(ids(10)...)
		pass(time.Second)
		if took := r.end(); took > r.options.ShutdownTimeout {
			t.Errorf("took %s to stop", took)
		}
		if visible, invisible := r.queue.state(); invisible != 0 || visible+len(r.queue.deleted) != 10 ||
			len(r.queue.deleted) < 4 {
			t.Errorf("%d visible, %d invisible, %d deleted", visible, invisible, len(r.queue.deleted))
		}
	})
}
