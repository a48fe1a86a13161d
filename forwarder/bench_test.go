package forwarder

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// endless is both a queue that returns as many messages as the benchmark wants, and a receiver that accepts them.
type endless struct {
	left    atomic.Int64
	deleted atomic.Int64
	wanted  int64
	done    chan struct{}
}

func (q *endless) Receive(ctx context.Context, limit int, _ time.Duration) ([]queue.Message, error) {
	n := q.left.Add(-int64(limit)) + int64(limit)
	if n <= 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	messages := make([]queue.Message, min(int64(limit), n))
	now := time.Now()
	for i := range messages {
		id := strconv.FormatInt(n-int64(i), 10)
		messages[i] = queue.Message{ID: id, Receipt: id, Sent: now, Received: now}
	}
	return messages, nil
}

func (q *endless) Delete(_ context.Context, messages []queue.Message) []error {
	if q.deleted.Add(int64(len(messages))) == q.wanted {
		close(q.done)
	}
	return make([]error, len(messages))
}

func (q *endless) Extend(_ context.Context, messages []queue.Message, _ time.Duration) []error {
	return make([]error, len(messages))
}

func (q *endless) Send(context.Context, ...*event.Event) sink.Verdict {
	return sink.Verdict{Fate: sink.Delivered, Status: 200}
}

// BenchmarkForwarder measures what an event costs between receive, send and delete.
func BenchmarkForwarder(b *testing.B) {
	q := &endless{wanted: int64(b.N), done: make(chan struct{})}
	q.left.Store(int64(b.N))
	b.ReportAllocs()
	ctx, stop := context.WithCancel(b.Context())
	f := New(Options{
		Source: q, Sink: q, Visibility: time.Minute, MaxInFlight: 1000, MaxPollers: 8, ShutdownTimeout: time.Second,
		Log:     zap.NewNop(),
		Metrics: prometheus.NewRegistry(),
		Event:   func(m *queue.Message) event.Event { return event.Event{ID: m.ID} },
		Reach:   func(context.Context) error { return nil },
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	<-q.done
	b.StopTimer()
	stop()
	<-ended
}
