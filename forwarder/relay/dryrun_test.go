package relay

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// farQueue takes a while for each call, throttles each message once, and gives what is released to a receive that has
// just been cut off.
type farQueue struct {
	mu        sync.Mutex
	left      int
	cut       time.Time
	throttled map[string]bool
	released  map[string]bool
	swallowed int
}

func (q *farQueue) Receive(ctx context.Context, limit int, wait time.Duration) (messages []queue.Message, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ; q.left > 0 && len(messages) < limit; q.left-- {
		id := strconv.Itoa(q.left)
		messages = append(messages, queue.Message{ID: id, Receipt: id, Body: []byte("{}"), Received: time.Now()})
	}
	if len(messages) == 0 {
		q.mu.Unlock()
		forwarder.Pause(ctx, wait)
		q.mu.Lock()
		if ctx.Err() != nil {
			q.cut = time.Now()
		}
	}
	return messages, ctx.Err()
}

func (q *farQueue) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	forwarder.Pause(ctx, 20*time.Millisecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	errs := make([]error, len(messages))
	for i, m := range messages {
		switch {
		case ctx.Err() != nil:
			errs[i] = ctx.Err()
		case !q.throttled[m.ID]:
			q.throttled[m.ID] = true
			errs[i] = errors.New("throttled")
		case timeout > 0:
		case time.Since(q.cut) < 40*time.Millisecond:
			q.swallowed++
		default:
			q.released[m.ID] = true
		}
	}
	return errs
}

func (q *farQueue) Delete(context.Context, []queue.Message) []error {
	panic("a dry run deletes nothing")
}

// TestDryRunKeepsNoEvents has shown what may be a mebibyte each.
func TestDryRunKeepsNoEvents(t *testing.T) {
	q := &farQueue{left: 1}
	got, err := showing(q).Receive(t.Context(), 10, 0)
	if err != nil || len(got) != 1 || got[0].ID != "1" || got[0].Receipt != "1" || got[0].Body != nil {
		t.Errorf("kept: %+v, %v", got, err)
	}
}

func showing(q *farQueue) *dryRun {
	toEvent := func(m *queue.Message) event.Event { return event.Event{ID: m.ID, Data: m.Body} }
	return &dryRun{Source: q, event: toEvent, out: io.Discard, log: zap.NewNop(), max: 1000}
}

// TestDryRunReleasesAllInTime has the least time to stop that is accepted, and a queue that is far and throttles.
func TestDryRunReleasesAllInTime(t *testing.T) {
	const events = 300
	for _, stopAfter := range []time.Duration{5 * time.Second, time.Minute} { // before and after the first renewals
		synctest.Test(t, func(t *testing.T) {
			q := &farQueue{left: events, throttled: map[string]bool{}, released: map[string]bool{}}
			s := &Settings{Duration: 20, ShutdownTimeout: time.Second}
			f := forwarder.New(showing(q).options(s, 30*time.Second, prometheus.NewRegistry()))
			ctx, stop := context.WithCancel(t.Context())
			var stopped time.Time
			time.AfterFunc(stopAfter, func() {
				stopped = time.Now()
				stop()
			})
			f.Run(ctx)
			if took := time.Since(stopped); len(q.released) != events || took > time.Second {
				t.Errorf("%d released, %d given to a receive that nobody waits for, after %s", len(q.released), q.swallowed, took)
			}
		})
	}
}
