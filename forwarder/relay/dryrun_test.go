package relay

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

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
		messages = append(messages, queue.Message{ID: strconv.Itoa(q.left), Receipt: strconv.Itoa(q.left), Body: []byte("{}")})
	}
	if len(messages) == 0 {
		q.mu.Unlock()
		pause(ctx, wait)
		q.mu.Lock()
		if ctx.Err() != nil {
			q.cut = time.Now()
		}
	}
	return messages, ctx.Err()
}

func (q *farQueue) Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error {
	pause(ctx, 20*time.Millisecond)
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
		case time.Since(q.cut) < cutOffPause:
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
	d := &dryRun{event: func(m *queue.Message) event.Event { return event.Event{ID: m.ID, Data: m.Body} }, out: io.Discard, log: zap.NewNop()}
	d.show([]queue.Message{{ID: "1", Receipt: "r", Body: []byte("{}")}})
	if want := (queue.Message{ID: "1", Receipt: "r"}); len(d.kept) != 1 || !reflect.DeepEqual(d.kept[0], want) {
		t.Errorf("kept: %+v", d.kept)
	}
}

// TestDryRunReleasesAllInTime has the least time to stop that is accepted, and a queue that is far and throttles.
func TestDryRunReleasesAllInTime(t *testing.T) {
	const events = 300
	for _, stopAfter := range []time.Duration{5 * time.Second, time.Minute} { // before and after the first renewals
		synctest.Test(t, func(t *testing.T) {
			q := &farQueue{left: events, throttled: map[string]bool{}, released: map[string]bool{}}
			d := &dryRun{
				source: q, event: func(m *queue.Message) event.Event { return event.Event{ID: m.ID, Data: m.Body} }, out: io.Discard,
				log: zap.NewNop(), wait: 20 * time.Second, visibility: 30 * time.Second, max: 1000,
			}
			ctx, stop := context.WithCancel(t.Context())
			var stopped time.Time
			time.AfterFunc(stopAfter, func() {
				stopped = time.Now()
				stop()
			})
			d.run(ctx, time.Second)
			if took := time.Since(stopped); len(q.released) != events || took > time.Second {
				t.Errorf("%d released, %d given to a receive that nobody waits for, after %s", len(q.released), q.swallowed, took)
			}
		})
	}
}
