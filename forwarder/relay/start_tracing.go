package relay

import (
	"context"
	"path"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/tracing"
)

// lastSpans is the longest part of the shutdown timeout that is kept for exporting the last spans.
const lastSpans = 2 * time.Second

// trace turns on the tracing of events if the OTEL_* variables ask for it.
func trace(s *Settings, source *queue.Queue, options *forwarder.Options, log *zap.Logger) (stop func(), err error) {
	target, err := s.target()
	if err != nil {
		return nil, err
	}
	tracer, err := tracing.New(tracing.Options{
		Queue: path.Base(source.URL), QueueURL: source.URL, Receiver: target, Version: Version, Log: log,
	})
	if err != nil || tracer == nil {
		return func() {}, err
	}
	options.Trace = func(m *queue.Message, e *event.Event) forwarder.Span { return tracer.Begin(m, e) }
	bound := min(lastSpans, s.ShutdownTimeout/4)
	options.ShutdownTimeout -= bound
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		if err := tracer.Close(ctx); err != nil {
			log.Warn("last spans are lost", zap.Error(err))
		}
	}, nil
}
