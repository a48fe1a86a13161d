package tracing

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// Span is the span of one event. It must not be used by several goroutines at the same time.
type Span struct {
	tracer *Tracer
	event  *event.Event
	ctx    context.Context
	span   trace.Span

	try     trace.Span
	tries   int
	verdict sink.Verdict // of the last try
}

// StartAttempt begins a try: from now on the event carries its context.
//
// The CloudEvents extension must equal the HTTP header if, as here, the event's first hop is also its last.
func (s *Span) StartAttempt() {
	_, s.try = s.tracer.tracer.Start(s.ctx, "POST", trace.WithSpanKind(trace.SpanKindClient))
	if s.try.IsRecording() {
		s.try.SetAttributes(s.tracer.try...)
		if s.tries > 0 {
			s.try.SetAttributes(semconv.HTTPRequestResendCount(s.tries))
		}
	}
	s.tries++
	context := s.try.SpanContext()
	s.event.Set(event.TraceParent, traceParent(context))
	if state := context.TraceState().String(); state != "" {
		s.event.Set(event.TraceState, state)
	}
}

// EndAttempt ends the try with its outcome.
func (s *Span) EndAttempt(verdict sink.Verdict) {
	s.verdict = verdict
	if s.try.IsRecording() {
		if verdict.Status != 0 {
			s.try.SetAttributes(semconv.HTTPResponseStatusCode(verdict.Status))
		}
		fail(s.try, verdict)
	}
	s.try.End()
}

// End ends the event's span. It is called when the event is delivered, refused or released.
func (s *Span) End() {
	if s.tries == 0 {
		s.span.AddEvent("not tried")
	}
	fail(s.span, s.verdict)
	s.span.End()
}

// fail records why the event was not delivered, if it was not.
func fail(span trace.Span, verdict sink.Verdict) {
	if verdict.Fate == sink.Delivered {
		return
	}
	span.SetStatus(codes.Error, verdict.Reason)
	span.SetAttributes(semconv.ErrorTypeKey.String(verdict.Fate.String()))
}

// traceParent returns the value of the traceparent header of W3C's Trace Context.
func traceParent(c trace.SpanContext) string {
	return "00-" + c.TraceID().String() + "-" + c.SpanID().String() + "-" + c.TraceFlags().String()
}
