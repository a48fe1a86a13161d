package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zaptest"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// receiver is a sink whose answers a test decides; by default it accepts everything after a millisecond.
type receiver struct {
	answer func(ids []string) sink.Verdict
	delay  time.Duration

	slowEvery int // tries of which one takes three seconds

	mu    sync.Mutex
	got   []string // in order, delivered
	tries int
}

func (r *receiver) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	if !pause(ctx, max(r.far(), time.Millisecond)) {
		return sink.Verdict{Fate: sink.Unavailable, Reason: "cancelled", Err: ctx.Err()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	verdict := sink.Verdict{Fate: sink.Delivered, Status: 200}
	if r.answer != nil {
		verdict = r.answer(ids)
	}
	if verdict.Fate == sink.Delivered {
		r.got = append(r.got, ids...)
	}
	return verdict
}

func (r *receiver) far() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slowEvery > 0 && r.tries%r.slowEvery == 0 {
		return 3 * time.Second
	}
	return r.delay
}

func (r *receiver) delivered() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

func (r *receiver) set(answer func([]string) sink.Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func status(code int) func([]string) sink.Verdict {
	return func([]string) sink.Verdict {
		return sink.Verdict{Fate: sink.FateOf(code), Status: code, Reason: fmt.Sprint("status ", code)}
	}
}

func refusedConnection([]string) sink.Verdict {
	return sink.Verdict{
		Fate: sink.Unavailable, Reason: "refused", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")},
	}
}

// rig is a forwarder between a queue and a receiver in the test's own time.
type rig struct {
	*Forwarder
	queue *memory
	sink  *receiver
	stop  context.CancelFunc
	done  chan struct{}
}

// limitTo sets how many requests may be in progress.
func (r *rig) limitTo(n int) {
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	r.pool.limiter.limit = n
}

func (r *rig) end() time.Duration {
	from := time.Now()
	r.stop()
	<-r.done
	return time.Since(from)
}

// run starts a forwarder inside a bubble and hands it to the test.
func run(t *testing.T, change func(*Options), test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{queue: newMemory(30 * time.Second), sink: &receiver{}, done: make(chan struct{})}
		options := Options{
			Source: r.queue, DeadLetter: r.queue.DeadLetter, Sink: r.sink, Visibility: 30 * time.Second, Wait: 20 * time.Second,
			MaxInFlight: 1000, MaxPollers: 8, SinkTimeout: 5 * time.Second, ShutdownTimeout: 20 * time.Second,
			Log: zaptest.NewLogger(t), Metrics: prometheus.NewRegistry(),
			Event: func(m *queue.Message) event.Event {
				return event.Event{ID: m.ID, Type: "t"}
			},
			Reach: func(context.Context) error { return nil },
		}
		var spans spans
		options.Trace = spans.begin
		if change != nil {
			change(&options)
		}
		ctx, stop := context.WithCancel(t.Context())
		r.Forwarder, r.stop = New(options), stop
		go func() {
			defer close(r.done)
			r.Run(ctx)
		}()
		test(r)
		stop()
		<-r.done
		spans.check(t)
	})
}

// pass lets the bubble's time pass, and waits until everything that is due has happened.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("m%05d", i)
	}
	return all
}

// checkOnce checks that every message was delivered, deleted, and received once.
func checkOnce(t *testing.T, r *rig, n int) {
	t.Helper()
	got := r.sink.delivered()
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), ids(n)) {
		t.Errorf("%d of %d events were delivered", len(got), n)
	}
	for id, receives := range r.queue.deleted {
		if receives != 1 {
			t.Errorf("%s was received %d times", id, receives)
		}
	}
	if len(r.queue.deleted) != n || len(r.queue.dead) != 0 || r.leases.len() != 0 {
		t.Errorf("%d deleted, %d dead letters, %d held", len(r.queue.deleted), len(r.queue.dead), r.leases.len())
	}
}

func TestDeliversAndDeletes(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.send(ids(2500)...)
		pass(5 * time.Second)
		checkOnce(t, r, 2500)
		if took := r.end(); took > 2*time.Second {
			t.Errorf("an idle forwarder took %s to stop", took)
		}
	})
}

func TestIdleIsOneLongPoll(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.send(ids(500)...)
		pass(time.Minute)
		before := r.queue.calls()
		pass(200 * time.Second)
		if polls := r.queue.calls() - before; polls > 11 {
			t.Errorf("%d receives in ten long polls' time", polls)
		}
	})
}

func TestReceiverAway(t *testing.T) {
	for name, answer := range map[string]func([]string) sink.Verdict{
		"refused": refusedConnection,
		"500":     status(500),
		"503":     status(503),
		"429":     status(429),
		"401":     status(401),
		"404":     status(404),
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(r *rig) {
				r.queue.maxReceives = 3
				r.sink.set(answer)
				r.queue.send(ids(3000)...)
				pass(10 * time.Minute)
				if held := r.leases.len(); held == 0 || held > 1000 {
					t.Errorf("%d held while the receiver is away", held)
				}
				if r.Health().Receiver == nil {
					t.Error("receiver counts as well")
				}
				tries := r.sink.tried()
				pass(time.Minute)
				if more := r.sink.tried() - tries; more > 120 || more < 30 {
					t.Errorf("%d probes a minute", more)
				}
				r.sink.set(nil)
				pass(2 * time.Second)
				if len(r.sink.delivered()) < r.options.MaxInFlight/2 || r.Health().Receiver != nil {
					t.Errorf("%d delivered two seconds after the receiver's return", len(r.sink.delivered()))
				}
				pass(10 * time.Second)
				checkOnce(t, r, 3000)
			})
		})
	}
}

func TestOutageDoesNotSlowDownWhatFollows(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.sink.set(status(503))
		r.queue.send(ids(2)...)
		pass(time.Minute)
		tries := 0
		r.sink.set(func(ids []string) sink.Verdict {
			if tries++; tries == 2 { // the first opens the gate, the other fails once more
				return status(500)(ids)
			}
			return status(200)(ids)
		})
		pass(2 * time.Second)
		checkOnce(t, r, 2)
	})
}
