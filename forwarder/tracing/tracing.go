// Package tracing follows events with OpenTelemetry: one span for an event from receipt to its end, which continues the
// trace that came with the event, and below it one for each attempt, whose trace context is sent to the receiver.
package tracing

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// Tracer makes spans and exports them in the background.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	name     string               // of an event's span
	event    []attribute.KeyValue // of every event's span
	attempt  []attribute.KeyValue // of every attempt's span
}

// New prepares a tracer for events from a queue to a receiver (to). The SDK's variables, OTEL_*, configure it.
func New(exporter sdktrace.SpanExporter, queueURL string, to *url.URL, version string, log *zap.Logger) *Tracer {
	report(log)
	// The environment's attributes come last, so they take precedence.
	about, err := resource.New(context.Background(), resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("dispatch-events-aws"), semconv.ServiceVersion(version)),
		resource.WithFromEnv())
	if err != nil {
		log.Warn("part of OTEL_RESOURCE_ATTRIBUTES is not understood", zap.Error(err))
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	queueName := path.Base(queueURL)
	t := &Tracer{provider: provider, name: "process " + queueName}
	t.tracer = provider.Tracer(
		"github.com/dispatchframework/dispatch-events-aws/forwarder", trace.WithInstrumentationVersion(version),
	)
	t.event = []attribute.KeyValue{
		semconv.MessagingSystemKey.String("aws_sqs"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingOperationName("process"),
		semconv.MessagingDestinationName(queueName), semconv.AWSSQSQueueURL(queueURL),
	}
	receiver := *to
	receiver.User, receiver.RawQuery = nil, "" // either may contain a secret
	t.attempt = []attribute.KeyValue{
		semconv.HTTPRequestMethodPost, semconv.URLFull(receiver.String()), semconv.ServerAddress(receiver.Hostname()),
	}
	if port, err := strconv.Atoi(receiver.Port()); err == nil {
		t.attempt = append(t.attempt, semconv.ServerPort(port))
	}
	return t
}

// Begin starts an event's span at the moment of its receipt.
func (t *Tracer) Begin(m *queue.Message, e *event.Event) *Span {
	ctx, span := t.tracer.Start(
		parent(m), t.name, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithTimestamp(m.Received),
	)
	if span.IsRecording() {
		span.SetAttributes(t.event...)
		span.SetAttributes(
			semconv.MessagingMessageID(m.ID), semconv.MessagingMessageBodySize(len(m.Body)),
			attribute.Int("aws.sqs.receive_count", m.Receives), semconv.CloudEventsEventID(e.ID),
			semconv.CloudEventsEventType(e.Type), semconv.CloudEventsEventSource(e.Source),
		)
		if e.Subject != "" {
			span.SetAttributes(semconv.CloudEventsEventSubject(e.Subject))
		}
	}
	return &Span{tracer: t, ctx: ctx, span: span, event: e}
}

// Close exports the spans that are left, until ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("export last spans: %w", err)
	}
	return nil
}

const (
	reportInterval = time.Minute // at least, between two errors that are logged
	maxReported    = 512         // bytes of an error, which contains the collector's whole answer
)

// collectorText matches the collector's own words in an error of the SDK.
var collectorText = regexp.MustCompile(`(?s)[ :]*\(?(body|OTLP partial success): .*`)

// report makes the SDK, whose error handler is that of the whole process, log as the forwarder does: an error is logged
// in one short line, and others that follow it within the interval are not.
func report(log *zap.Logger) {
	log = log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, reportInterval, 1, 0)
	}))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		text := err.Error()
		if os.Getenv("OTEL_EXPORTER_OTLP_HEADERS")+os.Getenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS") != "" {
			text = collectorText.ReplaceAllString(text, "; its answer is not shown: it may repeat a key from the headers")
		}
		if len(text) > maxReported {
			text = text[:maxReported] + "…"
		}
		text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
		log.Warn("spans are not exported", zap.String("error", text))
	}))
}

// Span is the span of one event. It must not be used by several goroutines at the same time.
type Span struct {
	tracer *Tracer
	event  *event.Event
	ctx    context.Context
	span   trace.Span

	attempt  trace.Span
	attempts int
	verdict  sink.Verdict // of the last attempt
}

// StartAttempt starts the span of an attempt: from now on the event has its trace context.
func (s *Span) StartAttempt() {
	ctx, attempt := s.tracer.tracer.Start(s.ctx, "POST", trace.WithSpanKind(trace.SpanKindClient))
	s.attempt = attempt
	if s.attempt.IsRecording() {
		s.attempt.SetAttributes(s.tracer.attempt...)
		if s.attempts > 0 {
			s.attempt.SetAttributes(semconv.HTTPRequestResendCount(s.attempts))
		}
	}
	s.attempts++
	// CloudEvents wants the extensions to equal the HTTP headers if, as here, there is only one hop to the receiver
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, headers)
	for name, value := range headers {
		s.event.Set(name, value)
	}
}

// EndAttempt ends the span of the attempt with its result.
func (s *Span) EndAttempt(verdict sink.Verdict) {
	s.verdict = verdict
	if s.attempt.IsRecording() {
		if verdict.Status != 0 {
			s.attempt.SetAttributes(semconv.HTTPResponseStatusCode(verdict.Status))
		}
		fail(s.attempt, verdict)
	}
	s.attempt.End()
}

// End ends the event's span. It is called once, when the message is deleted, released or left to the redrive policy, or
// when its lease is lost.
func (s *Span) End() {
	if s.attempts == 0 {
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
