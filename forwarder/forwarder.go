// Package forwarder is the way of an event from the queue to the receiver: what is received is held, its visibility renewed, until
// the receiver has it or has refused it for good; only then is the message deleted. It keeps nothing beyond that, so a process
// that is killed at any moment loses no event.
package forwarder

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// Source is where messages come from. All methods may be called at once from many goroutines and return when ctx ends.
type Source interface {
	// Receive blocks until there is a message, at most wait. An error means that none was received, as far as can be known.
	Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error)
	// Delete settles at most queue.MaxBatch messages and returns an error for each: queue.ErrGone when it is no longer ours.
	Delete(ctx context.Context, messages []queue.Message) []error
	// Extend keeps at most queue.MaxBatch messages invisible for timeout from now on, or gives them back with 0; errors as in Delete.
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
	// End is called once: the message is deleted, given back or no longer ours.
	End()
}

// Options describe a forwarder. All but DeadLetters, Trace and Linger are needed.
type Options struct {
	Source      Source
	DeadLetters DeadLetters // nil: a refused message is left to the queue's redrive policy
	Sink        Sink
	Event       func(*queue.Message) event.Event
	Trace       func(*queue.Message, *event.Event) Span // nil: events are not traced

	Arrays     bool          // the sink takes several events at once
	Ordered    bool          // keep the order within a message group
	Visibility time.Duration // the queue's visibility timeout
	Wait       time.Duration // long poll
	Linger     time.Duration // how long a receive may be put off so that it brings more

	MaxInFlight     int           // messages held at once
	MaxPollers      int           // receives at once
	SlowAnswer      time.Duration // an answer that takes longer is a sign of overload
	ShutdownTimeout time.Duration

	Log     *zap.Logger
	Metrics prometheus.Registerer
}

// Forwarder runs once.
type Forwarder struct {
	Options
	held     *table
	gate     *gate
	crew     *crew
	room     *room
	pollers  *pollers
	deletes  *batcher
	releases *batcher
	metrics  *metrics

	working  sync.WaitGroup  // jobs
	draining context.Context // ends when nothing new may be received
	sending  context.Context // ends when nothing more may be sent
	polled   chan struct{}   // closed when every receive has returned
}

// New prepares a forwarder.
func New(o Options) *Forwarder {
	f := &Forwarder{Options: o, metrics: newMetrics(o.Metrics), room: newRoom(o.MaxInFlight), polled: make(chan struct{})}
	f.held = newTable(o.Source, o.Visibility, f.room, f.metrics, o.Log)
	f.gate = newGate(func() bool { return f.held.len() == 0 }, f.receiverChanged)
	f.crew = newCrew(newLimiter(o.MaxInFlight, o.SlowAnswer), f.deliver)
	f.pollers = &pollers{max: o.MaxPollers, gauge: f.metrics.pollers}
	f.deletes = newBatcher(deleteDelay(o), f.delete)
	f.releases = newBatcher(0, f.release)
	return f
}

// Run forwards until ctx ends. Then it receives no more, sends what it holds if the receiver is there, gives the rest back, and
// returns within the shutdown timeout.
func (f *Forwarder) Run(ctx context.Context) {
	var stopDraining, stopSending, stopSettling context.CancelFunc
	settling, stopSettling := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSettling()
	f.sending, stopSending = context.WithCancel(settling)
	defer stopSending()
	f.draining, stopDraining = context.WithCancel(ctx)
	defer stopDraining()
	// A quarter of the time is kept for deleting what was delivered and giving back what was not.
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(f.ShutdownTimeout*3/4, stopSending)
		time.AfterFunc(f.ShutdownTimeout, stopSettling)
	})()

	var background sync.WaitGroup
	background.Go(func() { f.held.renew(settling) })
	background.Go(func() { f.deletes.run(settling) })
	background.Go(func() { f.releases.run(settling) })

	f.pollers.run(f.draining, f.poll)
	close(f.polled)
	f.working.Wait()
	f.crew.end()
	f.deletes.close()
	f.releases.close()
	f.deletes.wait()
	f.releases.wait()
	stopSettling()
	background.Wait()
}

// Health is what the forwarder knows of its two ends: nil is well.
type Health struct{ Queue, Receiver error }

// Health tells how the last receive and the receiver are.
func (f *Forwarder) Health() Health {
	return Health{Queue: f.pollers.health(), Receiver: f.gate.health()}
}

// Held is how many messages are held now.
func (f *Forwarder) Held() int { return f.held.len() }

func (f *Forwarder) receiverChanged(away bool, reason string, since time.Duration) {
	f.metrics.receiverUp(!away)
	if away {
		f.Log.Warn("receiver takes no events: holding what is here, receiving no more", zap.String("reason", reason),
			zap.Duration("for", since), zap.Int("held", f.held.len()))
		return
	}
	f.Log.Info("receiver takes events again", zap.Duration("after", since), zap.Int("held", f.held.len()))
}
