package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// dryRun shows events as they come. It keeps them invisible until its end and releases them then, so that each is
// received once and shown once: released at once, they would come again and again, until the queue's redrive policy
// made dead letters of them.
type dryRun struct {
	source      forwarder.Source
	event       func(*queue.Message) event.Event
	out         io.Writer
	log         *zap.Logger
	wait        time.Duration // long poll
	visibility  time.Duration
	max         int // messages kept at once
	maxReceives int // of the redrive policy, 0 when there is none

	mu   sync.Mutex
	kept []queue.Message
	err  error // of the last receive
}

// errorPause is the time between two receives that fail.
const errorPause = 2 * time.Second

// cutOffPause is the time between a receive that is cut off and what is released.
const cutOffPause = 200 * time.Millisecond

// run shows events until ctx ends, and then releases them within the timeout.
func (d *dryRun) run(ctx context.Context, timeout time.Duration) {
	// A receive that is cut off may leave its messages invisible: it gets some time to return.
	returning := min(time.Second, timeout/4)
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(returning, cancel) })()
	var renewing sync.WaitGroup
	renewing.Go(func() { d.renew(ctx) })
	full := false
	for ctx.Err() == nil {
		free := d.max - d.count()
		if free <= 0 {
			if !full {
				d.log.Warn("as many events are shown as MAX_IN_FLIGHT allows: receiving no more", zap.Int("shown", d.max))
			}
			full = true
			pause(ctx, time.Second)
			continue
		}
		messages, err := d.source.Receive(receiving, min(free, queue.MaxBatch), d.wait)
		d.show(messages)
		if news := d.report(err); err != nil && ctx.Err() == nil {
			if news {
				d.log.Warn("queue gives no messages, trying on", zap.Error(err))
			}
			pause(ctx, errorPause)
		}
	}
	renewing.Wait()
	releasing, stop := context.WithTimeout(context.WithoutCancel(ctx), timeout-returning)
	defer stop()
	d.log.Info("releasing the events that were shown", zap.Int("events", d.count()))
	if receiving.Err() != nil {
		// The queue may not have noticed yet that nobody waits any more: it would give what is released now to this receive.
		pause(releasing, cutOffPause)
	}
	for d.extend(releasing, 0); d.count() > 0 && pause(releasing, 100*time.Millisecond); {
		d.extend(releasing, 0)
	}
}

func (d *dryRun) show(messages []queue.Message) {
	for i := range messages {
		m := &messages[i]
		e := d.event(m)
		_, _ = fmt.Fprintf(d.out, "%s\n%s\n", terminal.Line(fmt.Sprintf("%s  %-20s  %s  %s", e.Time.Format(time.RFC3339), e.Type, e.ID, e.Subject)), shown(&e))
		if d.maxReceives > 0 && m.Receives >= d.maxReceives {
			d.log.Warn("event has been received as often as the queue's redrive policy allows: the next receive makes it a dead letter", zap.String("id", e.ID))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range messages { // without the event, which may be large and is of no more use
		d.kept = append(d.kept, queue.Message{ID: m.ID, Receipt: m.Receipt})
	}
}

// shown is an event's data for a terminal: JSON on one line, still JSON.
func shown(e *event.Event) string {
	var line bytes.Buffer
	if json.Compact(&line, e.Data) == nil {
		return string(terminal.JSON(line.Bytes()))
	}
	return terminal.Lines(string(e.Data))
}

// renew keeps what was shown invisible.
func (d *dryRun) renew(ctx context.Context) {
	for pause(ctx, d.visibility/3) {
		d.extend(ctx, d.visibility)
	}
}

// maxExtends is how many calls of one kind run at once.
const maxExtends = 16

// extend renews all that is kept, or releases it, and forgets what is released or lost: SQS keeps no message invisible
// for more than 12 hours.
func (d *dryRun) extend(ctx context.Context, timeout time.Duration) {
	d.mu.Lock()
	kept := slices.Clone(d.kept)
	d.mu.Unlock()
	done := map[string]bool{} // by receipt handle; guarded as what is kept
	var calls errgroup.Group
	calls.SetLimit(maxExtends)
	for batch := range slices.Chunk(kept, queue.MaxBatch) {
		calls.Go(func() error {
			errs := d.source.Extend(ctx, batch, timeout)
			d.mu.Lock()
			defer d.mu.Unlock()
			for i, err := range errs {
				done[batch[i].Receipt] = errors.Is(err, queue.ErrGone) || err == nil && timeout == 0
			}
			return nil
		})
	}
	_ = calls.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = slices.DeleteFunc(d.kept, func(m queue.Message) bool { return done[m.Receipt] })
}

func (d *dryRun) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.kept)
}

// report keeps the outcome of a receive, and tells whether it is another than before.
func (d *dryRun) report(err error) (news bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	news = (err == nil) != (d.err == nil)
	d.err = err
	return news
}

func (d *dryRun) health() forwarder.Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	return forwarder.Health{Queue: d.err}
}

// pause waits; it returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
