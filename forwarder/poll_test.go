package forwarder

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// TestShortPollsOfAnEmptyQueueArePaced has a queue that answers at once when it is empty.
func TestShortPollsOfAnEmptyQueueArePaced(t *testing.T) {
	run(t, func(o *Options) { o.Wait = 0 }, func(r *rig) {
		pass(10 * time.Second)
		before := r.queue.calls()
		pass(10 * time.Second)
		if n := r.queue.calls() - before; n > 30 || n < 8 {
			t.Errorf("%d receives in ten idle seconds", n)
		}
		r.queue.send(ids(500)...)
		pass(2 * time.Second)
		checkOnce(t, r, 500)
	})
}

// TestTheQueueIsSeenToBeBack has a queue without messages: its health is updated before a long poll would end.
func TestTheQueueIsSeenToBeBack(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.fail(func(op string) error {
			if op == "receive" {
				return errors.New("away")
			}
			return nil
		})
		pass(time.Minute)
		if r.Health().Queue == nil {
			t.Error("the queue is well while it is away")
		}
		r.queue.fail(func(string) error { return nil })
		pass(7 * time.Second)
		if err := r.Health().Queue; err != nil {
			t.Errorf("queue: %v", err)
		}
		before := r.queue.calls()
		pass(time.Minute)
		if n := r.queue.calls() - before; n > 4 {
			t.Errorf("%d receives in an idle minute", n)
		}
	})
}

// farReceives is a queue that takes some time to answer a receive.
type farReceives struct {
	Source
	takes time.Duration
}

func (f farReceives) Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error) {
	pause(ctx, f.takes)
	return f.Source.Receive(ctx, limit, wait)
}

// TestTheFirstEventWaitsForNoCheck has an event that is received while the receiver is connected to for the first time.
func TestTheFirstEventWaitsForNoCheck(t *testing.T) {
	run(t, func(o *Options) {
		o.Source = farReceives{o.Source, 100 * time.Millisecond}
		o.Reach = func(ctx context.Context) error {
			pause(ctx, 100*time.Millisecond)
			return nil
		}
	}, func(r *rig) {
		r.queue.send("m00000")
		pass(110 * time.Millisecond)
		if n := len(r.sink.delivered()); n != 1 {
			t.Errorf("%d delivered", n)
		}
	})
}

// TestLingerWithSmallReceives has a backlog, and then messages that come one by one, with receives of every size.
func TestLingerWithSmallReceives(t *testing.T) {
	for full := 2; full <= queue.MaxBatch; full++ {
		g := gap{linger: time.Second}
		g.after(1, full, 0, nil)
		for g.gather > 2*minGather {
			g.after(full, full, 0, nil)
		}
		for range 100 {
			g.after(1, full, 0, nil)
		}
		if g.gather != g.linger {
			t.Errorf("of %d: the pause is %s", full, g.gather)
		}
	}
}
