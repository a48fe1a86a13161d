// Package forwarder carries events from the queue to the receiver. It leases each received message and keeps extending
// its visibility timeout until the receiver has accepted the event, or has refused it for good and a copy is in the
// dead-letter queue. Only then does it delete the message. It stores nothing itself, so no event is lost if the process
// is killed at any moment. ARCHITECTURE.md describes the states and the locks.
//
// A message is settled when it is deleted (after the delivery, or after the dead-letter queue has a copy), when it is
// released, or when it is given up (its lease is lost, or it is left to the queue's redrive policy).
package forwarder

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// Source is where messages come from. All methods may be called concurrently, and they return when ctx ends.
type Source interface {
	// Receive blocks until there is a message, but for at most wait. If it returns an error, it returns no
	// messages; SQS may nevertheless have hidden some until their visibility timeout ends.
	Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error)
	// Delete deletes at most queue.MaxBatch messages and returns an error for each: queue.ErrLeaseLost if somebody else
	// has received the message or it has been deleted.
	Delete(ctx context.Context, messages []queue.Message) []error
	// Extend keeps the messages, at most queue.MaxBatch, invisible for timeout, counted from now; a timeout of 0 makes
	// them visible at once. It returns the same errors as Delete.
	Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error
}

// Sink sends events to the receiver.
type Sink interface {
	// Send makes one attempt and blocks until there is a verdict; it applies its own timeout.
	Send(ctx context.Context, events ...*event.Event) sink.Verdict
}

// Span traces one event from its receipt to its end. Only one goroutine at a time uses it. No method blocks.
type Span interface {
	// StartAttempt is called when a delivery attempt begins; it may change the event's extensions.
	StartAttempt()
	// EndAttempt is called when the attempt has ended.
	EndAttempt(v sink.Verdict)
	// End is called once, when the message is deleted, released or left to the redrive policy, or when its lease is lost.
	End()
}

// Options describe a forwarder. DeadLetter and Trace may be nil; Linger, MaxInFlightBytes, MaxRate and QuietTime may be
// 0, which turns them off.
type Options struct {
	Source Source
	// DeadLetter returns nil only when a copy of the message, with the reason in why, is in the dead-letter queue. If
	// DeadLetter is nil, a refused message is left to the queue's redrive policy.
	DeadLetter func(ctx context.Context, m *queue.Message, why map[string]string) error
	Sink       Sink
	Reach      func(context.Context) error // checks whether something listens at the receiver's address
	Event      func(*queue.Message) event.Event
	Trace      func(*queue.Message, *event.Event) Span // nil: events are not traced

	Arrays     bool          // the sink accepts several events in one request
	Ordered    bool          // keep the order within a message group
	Visibility time.Duration // the queue's visibility timeout
	Wait       time.Duration // how long a receive waits for a message
	Linger     time.Duration // how long a receive may be delayed so that it returns more messages

	MaxInFlight      int           // messages leased at once
	MaxInFlightBytes int           // total size of their bodies; 0: no limit
	MaxPollers       int           // concurrent receive calls
	MaxRate          int           // events sent per second; 0: no limit
	SinkTimeout      time.Duration // after which an attempt has failed
	QuietTime        time.Duration // how long nothing is sent to a receiver that has just come back (SINK_SETTLE)
	ShutdownTimeout  time.Duration

	Log     *zap.Logger
	Metrics prometheus.Registerer
}

// Forwarder forwards the events of one queue to one receiver. Run may be called only once.
type Forwarder struct {
	options  Options
	log      *zap.Logger
	leases   *leases
	pool     *pool
	breaker  *breaker
	rate     *rate.Limiter
	deletes  chan *leasedMessage // messages to be deleted
	releases chan *leasedMessage // messages to be released
	metrics  *metrics

	pollers         errgroup.Group
	queueErr        atomic.Pointer[error] // of the last receive
	unsettled       atomic.Int64          // calls for deletes, releases and dead letters that failed and are repeated
	settleErr       atomic.Pointer[error] // of the last of these failures
	deadLetterCalls *semaphore.Weighted

	receiving     context.Context // ends when the forwarder begins to stop: it begins no receive any more
	receiveCalls  context.Context // of each receive; ends drainTime after receiving, which cancels those in progress
	sending       context.Context // ends when nothing more may be sent
	receivesEnded chan struct{}   // closed when every receive has returned
}

// New returns a forwarder that does nothing until Run is called.
func New(o Options) *Forwarder {
	f := &Forwarder{
		options: o, log: o.Log, metrics: newMetrics(o.Metrics), rate: newRate(o.MaxRate), receivesEnded: make(chan struct{}),
		deletes: make(chan *leasedMessage, queue.MaxBatch), releases: make(chan *leasedMessage, queue.MaxBatch),
		deadLetterCalls: semaphore.NewWeighted(maxCalls),
	}
	f.pollers.SetLimit(o.MaxPollers)
	f.queueErr.Store(new(error))
	f.leases = newLeases(&f.options, f.metrics)
	messages := f.leases.maxMessages
	f.breaker = newBreaker(o.QuietTime, f.leases.len, func() int { return len(f.pool.jobs) }, f.metrics.receiver, o.Log)
	limiter := newLimiter(messages, o.SinkTimeout)
	f.metrics.limit.Set(float64(limiter.limit))
	f.pool = newPool(messages+o.MaxPollers*queue.MaxBatch, limiter, f.deliver)
	return f
}

// finishTime is the part of the shutdown timeout kept for deleting delivered messages and releasing the others.
func (o *Options) finishTime() time.Duration {
	return max(o.ShutdownTimeout/4, min(o.ShutdownTimeout/2, time.Second))
}

// drainTime is how long receive calls that are in progress when the forwarder stops may still take. Under load they
// return within milliseconds; a long poll of an empty queue is cancelled after this time. A receive that is cancelled
// at the wrong moment leaves its messages invisible until their visibility timeout ends.
func (o *Options) drainTime() time.Duration {
	return min(time.Second, (o.ShutdownTimeout-o.finishTime())/2)
}

// Run forwards events until ctx ends. Then it receives no more, sends the messages that it holds if the receiver
// accepts them, releases the rest, and returns within the shutdown timeout.
func (f *Forwarder) Run(ctx context.Context) {
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	sending, stopSending := context.WithCancel(stopping)
	receiveCalls, cancelReceives := context.WithCancel(stopping)
	f.receiving, f.receiveCalls, f.sending = ctx, receiveCalls, sending
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(f.options.drainTime(), cancelReceives)
		time.AfterFunc(f.options.ShutdownTimeout-f.options.finishTime(), stopSending)
		time.AfterFunc(f.options.ShutdownTimeout, stop)
	})()
	if n := f.leases.maxMessages; n < f.options.MaxInFlight && f.options.MaxRate == 0 {
		f.log.Info(
			"holding at most this many messages, fewer than MAX_IN_FLIGHT: with the queue's visibility timeout, no more can "+
				"be renewed in time",
			zap.Int("messages", n),
		)
	}

	var renewing, settlers, probing sync.WaitGroup
	renewing.Go(func() { f.leases.renew(stopping, f.sending) })
	settlers.Go(func() {
		inBatches(f.deletes, deleteDelay(&f.options), func(batch []*leasedMessage) { f.delete(stopping, batch) })
	})
	settlers.Go(func() { inBatches(f.releases, 0, func(batch []*leasedMessage) { f.release(stopping, batch) }) })
	f.pollers.Go(func() error {
		f.poll(f.receiving, false)
		return nil
	})
	probing.Go(func() { f.probe(f.receiving) })
	_ = f.pollers.Wait() // the goroutines return no errors
	close(f.receivesEnded)
	probing.Wait()
	f.leases.unsettled.Wait()
	close(f.pool.jobs)
	close(f.deletes)
	close(f.releases)
	settlers.Wait()
	stop()
	renewing.Wait()
}

// Health is the state of the queue and of the receiver; nil means healthy.
type Health struct{ Queue, Receiver error }

// Health returns the error of the last receive, or why a message cannot be settled, and why the receiver does not
// accept events.
func (f *Forwarder) Health() Health {
	h := Health{Queue: *f.queueErr.Load(), Receiver: f.breaker.health()}
	if h.Queue == nil && f.unsettled.Load() > 0 {
		h.Queue = *f.settleErr.Load()
	}
	return h
}
