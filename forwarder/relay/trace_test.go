package relay

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// collect is an OTLP collector; what it returns are the spans that it got, by their ids in hexadecimal.
func collect(t *testing.T) (url string, spans func() map[string]*tracepb.Span) {
	var mu sync.Mutex
	got := map[string]*tracepb.Span{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err := proto.Unmarshal(raw, &data); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range data.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					got[fmt.Sprintf("%x", span.SpanId)] = span
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]*tracepb.Span {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// TestTraceGoesOn follows one event through a failed attempt to the receiver: the sender, this program and the receiver
// share a trace.
func TestTraceGoesOn(t *testing.T) {
	for format, dialect := range map[string]sinktest.Dialect{
		"dispatch": sinktest.Solo, "dispatch-sidecar": sinktest.Sidecar, "binary": sinktest.CloudEvents,
	} {
		t.Run(format, func(t *testing.T) {
			q := local(t).Create("dispatch", queuetest.Queue{})
			receiver := &sinktest.Receiver{Dialect: dialect}
			server := httptest.NewServer(receiver)
			defer server.Close()
			receiver.Fault(1, sinktest.Fault{Kind: sinktest.Status, Status: http.StatusConflict})
			address, spans := collect(t)
			env := map[string]string{"ADMIN_ADDR": "", "FORMAT": format, "OTEL_EXPORTER_OTLP_ENDPOINT": address}
			switch dialect {
			case sinktest.CloudEvents:
				env["SINK_URL"] = server.URL
			case sinktest.Solo:
				env["AUTH_TOKEN"] = "t0ken"
				fallthrough
			default:
				env["DISPATCH_API_ENDPOINT"] = strings.TrimPrefix(server.URL, "http://")
			}
			q.Put(queuetest.Message{
				Body: eventBody(1), Trace: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
			})
			p := start(t, env)
			if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
				t.Fatal(err)
			}
			p.end(t)
			header := receiver.Events()[0].Header.Get("Traceparent")
			if extension := receiver.Events()[0].Extensions["traceparent"]; extension != header {
				t.Errorf("header %s, extension %s", header, extension)
			}
			try := spans()[strings.Split(header+"---", "-")[2]]
			if try == nil || len(spans()) != 3 {
				t.Fatalf("the receiver got %q, of %d spans", header, len(spans()))
			}
			way := spans()[fmt.Sprintf("%x", try.ParentSpanId)]
			const above = "5759e988bd862e3fe1be46a994272793 53995c3f42cd8ad8"
			if way == nil ||
				fmt.Sprintf("%x %x", way.TraceId, way.ParentSpanId) != above ||
				way.Name != "process dispatch" {
				t.Errorf("the try is below %v", way)
			}
			if way.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR {
				t.Errorf("a delivered event has the status %v", way.Status)
			}
		})
	}
}

func TestTracingOffLeavesEventsAlone(t *testing.T) {
	q := local(t).Create("dispatch", queuetest.Queue{})
	receiver := &sinktest.Receiver{Dialect: sinktest.CloudEvents}
	server := httptest.NewServer(receiver)
	defer server.Close()
	q.Put(queuetest.Message{
		Body: eventBody(1), Trace: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
	})
	p := start(t, map[string]string{"ADMIN_ADDR": "", "SINK_URL": server.URL})
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	if got := receiver.Events()[0]; got.Header.Get("Traceparent") != "" || got.Extensions["traceparent"] != nil {
		t.Errorf("it came with %v and %v", got.Header, got.Extensions)
	}
}

// TestACollectorThatIsAwayHoldsNothingUp stops a program whose last spans no collector accepts.
func TestACollectorThatIsAwayHoldsNothingUp(t *testing.T) {
	q := local(t).Create("dispatch", queuetest.Queue{})
	receiver := &sinktest.Receiver{Dialect: sinktest.CloudEvents}
	server := httptest.NewServer(receiver)
	defer server.Close()
	q.Send(eventBody(1))
	p := start(t, map[string]string{
		"ADMIN_ADDR":                  "",
		"SINK_URL":                    server.URL,
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
		"SHUTDOWN_TIMEOUT":            "1s",
	})
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	if p.logs.FilterMessage("last spans are lost").Len()+p.logs.FilterMessage("spans are not exported").Len() == 0 {
		t.Error("it says nothing of the lost spans")
	}
}
