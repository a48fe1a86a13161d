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

// parent is the trace that a message continues: AWSTraceHeader, which AWS passes on from the one who put the event,
// else what that one wrote into the event's detail as CloudEvents would have it. An event itself never holds AWS's
// header.
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

// withRoot keeps the trace of a header that names no parent, such as a load balancer's: our span becomes its first.
func withRoot(ctx context.Context, header string) context.Context {
	for part := range strings.SplitSeq(header, ";") {
		root, is := strings.CutPrefix(strings.TrimSpace(part), "Root=1-")
		id, err := trace.TraceIDFromHex(strings.Replace(root, "-", "", 1))
		if is && err == nil {
			return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: id}))
		}
	}
	return ctx
}
