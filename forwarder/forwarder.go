// Package forwarder is the path of an event from the queue to the receiver: what is received is leased, its visibility
// renewed, until the receiver has it or has refused it for good; only then is the message deleted. It keeps nothing
// beyond that, so a process that is killed at any moment loses no event. ARCHITECTURE.md beside this file has the
// states and the locks.
package forwarder

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// Source is where messages come from. All methods may be called at once from many goroutines and return when ctx ends.
type Source interface {
	// Receive blocks until there is a message, at most wait. An error means that none was received, as far as can be
	// known.
	Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error)
	// Delete settles at most queue.MaxBatch messages and returns an error for each: queue.ErrGone when the lease is lost.
	Delete(ctx context.Context, messages []queue.Message) []error
	// Extend keeps at most queue.MaxBatch messages invisible for timeout from now on, or releases them with 0; errors as
	// in Delete.
	Extend(ctx context.Context, messages []queue.Message, timeout time.Duration) []error
}

// DeadLetters is where refused events go.
type DeadLetters interface {
	// DeadLetter returns nil when a copy of the message, with why it was refused, is safe in the dead-letter queue.
	DeadLetter(ctx context.Context, m *queue.Message, why map[string]string) error
}

// Sink is the receiver.
type Sink interface {
	// Send tries once and blocks until there is a verdict; it bounds that time itself.
	Send(ctx context.Context, events ...*event.Event) sink.Verdict
}

// Span follows one event from its receipt to its end. One goroutine at a time uses it, and none of its methods blocks.
type Span interface {
	// Try begins a try; it may change the event's extensions.
	Try()
	// Tried ends it.
	Tried(v sink.Verdict)
	// End is called once: the message is deleted or released, or its lease is lost.
	End()
}

// Options describe a forwarder. DeadLetters, Reach, Trace and the settings that 0 turns off may be left out.
type Options struct {
	Source      Source
	DeadLetters DeadLetters // nil: a refused message is left to the queue's redrive policy
	Sink        Sink
	// Reach checks whether something listens where the receiver should be; nil: not known before an answer
	Reach func(context.Context) error
	Event func(*queue.Message) event.Event
	Trace func(*queue.Message, *event.Event) Span // nil: events are not traced

	Arrays     bool          // the sink takes several events at once
	Ordered    bool          // keep the order within a message group
	Visibility time.Duration // the queue's visibility timeout
	Wait       time.Duration // long poll
	Linger     time.Duration // how long a receive may be put off so that it brings more

	MaxInFlight      int           // messages leased at once
	MaxInFlightBytes int           // of their bodies; 0 is without a bound
	MaxPollers       int           // receives at once
	MaxRate          int           // events sent in a second; 0 is without a bound
	SinkTimeout      time.Duration // after which a try has failed
	QuietTime        time.Duration // how long a receiver that is back is left alone
	ShutdownTimeout  time.Duration

	Log     *zap.Logger
	Metrics prometheus.Registerer
}

// Forwarder runs once.
type Forwarder struct {
	options  Options
	log      *zap.Logger
	leases   *leases
	pollers  *pollers
	pool     *pool
	breaker  *breaker
	rate     *rate.Limiter
	deletes  *batcher
	releases *batcher
	metrics  *metrics

	draining context.Context // ends when nothing new may be received
	sending  context.Context // ends when nothing more may be sent
	polled   chan struct{}   // closed when every receive has returned
}

// New prepares a forwarder.
func New(o Options) *Forwarder {
	f := &Forwarder{
		options: o, log: o.Log, metrics: newMetrics(o.Metrics), rate: newRate(o.MaxRate), polled: make(chan struct{}),
	}
	f.leases = newLeases(&o, f.metrics)
	messages := f.leases.maxMessages
	f.breaker = newBreaker(o.QuietTime, f.leases.len, f.metrics.receiver, o.Log)
	limiter := newLimiter(messages, o.SinkTimeout)
	f.metrics.limit.Set(float64(limiter.limit))
	f.pool = newPool(messages+o.MaxPollers*queue.MaxBatch, limiter, f.deliver)
	f.pollers = &pollers{max: o.MaxPollers, gauge: f.metrics.pollers}
	f.deletes = newBatcher(deleteDelay(&o), f.delete)
	f.releases = newBatcher(0, f.release)
	return f
}

// settleTime is the part of the shutdown timeout kept for deleting what was delivered and releasing what was not.
func (o *Options) settleTime() time.Duration {
	return max(o.ShutdownTimeout/4, min(o.ShutdownTimeout/2, time.Second))
}

// drainTime is how long receives that are under way at the end may take. Under load they come back in milliseconds; a
// long poll of an empty queue is cut off then. A receive cut off at the wrong moment leaves its messages invisible for
// their timeout.
func (o *Options) drainTime() time.Duration {
	return min(time.Second, (o.ShutdownTimeout-o.settleTime())/2)
}

// Run forwards until ctx ends. Then it receives no more, sends the messages that it holds if the receiver is there,
// releases the rest, and returns within the shutdown timeout.
func (f *Forwarder) Run(ctx context.Context) {
	var stopDraining, stopSending context.CancelFunc
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	f.sending, stopSending = context.WithCancel(stopping)
	defer stopSending()
	f.draining, stopDraining = context.WithCancel(ctx)
	defer stopDraining()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(f.options.ShutdownTimeout-f.options.settleTime(), stopSending)
		time.AfterFunc(f.options.ShutdownTimeout, stop)
	})()
	if n := f.leases.maxMessages; n < f.options.MaxInFlight && f.options.MaxRate == 0 {
		f.log.Info(
			"fewer messages are leased at once than MAX_IN_FLIGHT allows: more could not be renewed in time",
			zap.Int("messages", n),
		)
	}

	var renewing, settlers, probing sync.WaitGroup
	renewing.Go(func() { f.leases.renew(stopping, f.sending) })
	settlers.Go(func() { f.deletes.run(stopping) })
	settlers.Go(func() { f.releases.run(stopping) })
	probing.Go(func() { f.probe(f.draining) })
	probing.Go(func() { f.reach(f.draining) })

	f.pollers.start(f.draining, f.poll, 0)
	f.pollers.group.Wait()
	close(f.polled)
	probing.Wait()
	f.leases.ended.Wait()
	close(f.pool.jobs)
	close(f.deletes.in)
	close(f.releases.in)
	settlers.Wait()
	stop()
	renewing.Wait()
}

// maxReach is the longest time between two looks for a receiver that was never reached.
const maxReach = 5 * time.Second

// reach looks for the receiver until it is reached for the first time, so that it is known before there is an event.
func (f *Forwarder) reach(ctx context.Context) {
	if f.options.Reach == nil {
		return
	}
	for tries := 1; !f.breaker.reach(f.options.Reach(ctx)); tries++ {
		if !Pause(ctx, backoff(tries, time.Second, maxReach)) {
			return
		}
	}
}

// Health is the state of the queue and of the receiver: nil is well.
type Health struct{ Queue, Receiver error }

// Health returns the error of the last receive and why the receiver takes no events.
func (f *Forwarder) Health() Health {
	return Health{Queue: f.pollers.health(), Receiver: f.breaker.health()}
}

// InFlight is how many messages are leased now.
func (f *Forwarder) InFlight() int { return f.leases.len() }
