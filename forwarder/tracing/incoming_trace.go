package tracing

import (
	"context"
	"strings"

	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/jsonread"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// parent returns the trace that a message continues: that of AWSTraceHeader, which AWS passes on from the sender of the
// event, otherwise that of traceparent and tracestate, which the sender may have written into the event's detail. An
// event itself never contains AWS's header.
func parent(m *queue.Message) context.Context {
	ctx := context.Background()
	if m.Trace != "" {
		ctx = xray.Propagator{}.Extract(ctx, propagation.MapCarrier{"X-Amzn-Trace-Id": m.Trace})
		if !trace.SpanContextFromContext(ctx).IsValid() {
			ctx = withRoot(ctx, m.Trace)
		}
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, inDetail(m.Body))
}

// inDetail finds traceparent and tracestate in an event's detail.
func inDetail(body []byte) propagation.MapCarrier {
	found := propagation.MapCarrier{}
	jsonread.Read(body, func(r *jsonread.Reader) {
		for name := range r.Members() {
			if string(name) != "detail" {
				continue
			}
			for name := range r.Members() {
				if string(name) == "traceparent" || string(name) == "tracestate" {
					key := string(name)
					found[key], _ = r.Text()
				}
			}
		}
	})
	return found
}

// withRoot keeps the trace of a header that names no parent, such as a load balancer's: the event's span becomes the
// first of that trace.
func withRoot(ctx context.Context, header string) context.Context {
	for part := range strings.SplitSeq(header, ";") {
		root, found := strings.CutPrefix(strings.TrimSpace(part), "Root=1-")
		id, err := trace.TraceIDFromHex(strings.Replace(root, "-", "", 1))
		if found && err == nil {
			return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: id}))
		}
	}
	return ctx
}
