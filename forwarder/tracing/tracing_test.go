package tracing

import (
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/proto"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// collector takes spans as an OTLP collector does.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int // of the next answers
	header   http.Header
	path     string
	requests int
	got      []*tracepb.ResourceSpans
}

func collect(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	for _, name := range []string{
		"OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.header, c.path = r.Header, r.URL.Path
	if len(c.statuses) > 0 {
		w.WriteHeader(c.statuses[0])
		c.statuses = c.statuses[1:]
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(body)
	}
	raw, _ := io.ReadAll(body)
	var data tracepb.TracesData
	if err := proto.Unmarshal(raw, &data); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.got = append(c.got, data.ResourceSpans...)
}

func (c *collector) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

func (c *collector) spans() (all []*tracepb.Span) {
	for _, r := range c.got {
		for _, s := range r.ScopeSpans {
			all = append(all, s.Spans...)
		}
	}
	return all
}

func open(t *testing.T) (*Tracer, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	receiver, _ := url.Parse("https://user:hush@receiver.example:8443/events?authToken=hush")
	exporter, problems := NewExporter()
	if exporter == nil || problems != nil {
		t.Fatal(exporter, problems)
	}
	return New(exporter, "https://sqs.example/1/mine", receiver, "1.2.3", zap.New(core)), logs
}

const (
	root = "Root=1-5759e988-bd862e3fe1be46a994272793"
	id   = "5759e988bd862e3fe1be46a994272793"
	w3c  = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

func message(trace, detail string) (*queue.Message, *event.Event) {
	body := fmt.Sprintf(
		`{"id":"e-1","detail-type":"T","source":"aws.ec2","time":"2026-11-22T05:30:00Z","detail":%s}`, detail,
	)
	m := &queue.Message{ID: "m-1", Body: []byte(body), Trace: trace, Receives: 2, Received: time.Now()}
	e := event.New("dispatch", m.ID, m.Body, time.Now())
	return m, &e
}

func extension(e *event.Event, name string) string {
	for x := range e.Traces() {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

func TestContinuesTheTrace(t *testing.T) {
	for name, test := range map[string]struct {
		trace, detail         string
		id, parent, flags, st string
	}{
		"AWS's header": {root + ";Parent=53995c3f42cd8ad8;Sampled=1", `{}`, id, "53995c3f42cd8ad8", "01", ""},
		"AWS's header wins": {
			root + ";Parent=53995c3f42cd8ad8;Sampled=1", `{"traceparent":"` + w3c + `"}`, id, "53995c3f42cd8ad8", "01", "",
		},
		"AWS's, not sampled":     {root + ";Parent=53995c3f42cd8ad8;Sampled=0", `{}`, id, "", "00", ""},
		"AWS's without a parent": {root, `{}`, id, "", "01", ""},
		"AWS's, spoilt":          {"Root=1-5759e988-bd86;Parent=x", `{}`, "", "", "01", ""},
		"the event's own": {
			"", `{"traceparent":"` + w3c + `","tracestate":"a=b"}`, w3c[3:35], w3c[36:52], "01", "a=b",
		},
		"the event's own, spoilt":  {"", `{"traceparent":"00-zz","tracestate":3}`, "", "", "01", ""},
		"none":                     {"", `{}`, "", "", "01", ""},
		"none, detail of any kind": {"", `[{"traceparent":"` + w3c + `"}]`, "", "", "01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := collect(t)
			tracer, _ := open(t)
			m, e := message(test.trace, test.detail)
			s := tracer.Begin(m, e)
			s.StartAttempt()
			s.EndAttempt(sink.Verdict{Fate: sink.Delivered, Status: 200})
			s.End()
			if err := tracer.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			header := extension(e, event.TraceParent)
			if len(header) != 55 || !strings.HasPrefix(header, "00-"+test.id) || !strings.HasSuffix(header, "-"+test.flags) {
				t.Errorf("it goes on as %q", header)
			}
			if state := extension(e, event.TraceState); state != test.st {
				t.Errorf("with the state %q", state)
			}
			spans := c.spans()
			if test.flags == "00" {
				if len(spans) != 0 {
					t.Errorf("%d spans of a trace that is not sampled", len(spans))
				}
				return
			}
			if len(spans) != 2 {
				t.Fatalf("%d spans", len(spans))
			}
			attempt, way := spans[0], spans[1]
			if got := fmt.Sprintf("%x", way.ParentSpanId); got != test.parent {
				t.Errorf("its parent is %q", got)
			}
			sent := fmt.Sprintf("00-%x-%x-01", attempt.TraceId, attempt.SpanId)
			if string(attempt.ParentSpanId) != string(way.SpanId) || sent != header {
				t.Errorf("the receiver is told %s, the attempt is %v below %v", header, attempt, way)
			}
		})
	}
}

func TestSaysWhatHappened(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_SERVICE_NAME", "mine")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%2Cb, x=y")
	c.statuses = []int{503}
	tracer, _ := open(t)
	m, e := message("", `{}`)
	s := tracer.Begin(m, e)
	for _, verdict := range []sink.Verdict{
		{Fate: sink.Unavailable, Reason: "refused connection"},
		{Fate: sink.Unavailable, Status: 503, Reason: "503"},
		{Fate: sink.Refused, Status: 422, Reason: "422 no"},
	} {
		s.StartAttempt()
		s.EndAttempt(verdict)
	}
	s.End()
	m, e = message("", `{}`)
	tracer.Begin(m, e).End()
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.path != "/v1/traces" || c.header.Get("Api-Key") != "a,b" || c.header.Get("X") != "y" || c.requests != 2 {
		t.Errorf("%d requests to %s with %v", c.requests, c.path, c.header)
	}
	text := fmt.Sprint(c.got)
	for _, want := range []string{
		`"mine"`, "1.2.3", "aws_sqs", "receiver.example", "8443", "422 no", "refused connection", "not tried", "e-1", "m-1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the spans say nothing of %s", want)
		}
	}
	if strings.Contains(text, "hush") {
		t.Errorf("the spans hold a secret: %s", text)
	}
	if spans := c.spans(); len(spans) != 5 {
		t.Errorf("%d spans", len(spans))
	} else if way := spans[3]; way.Name != "process mine" || way.Status.Message != "422 no" ||
		way.Status.Code != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("the way is %v", way)
	}
}

func TestACollectorThatRefusesIsSaidOnce(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	c.statuses = []int{400, 400, 413, 200} // the third differs, but comes too soon
	tracer, logs := open(t)
	for n := range 4 {
		tracer.Begin(message("", `{}`)).End()
		for c.count() <= n && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if lines := logs.FilterMessage("spans are not exported").Len(); lines != 1 {
		t.Errorf("said %d times: %v", lines, logs.All())
	}
}

// TestLongAnswers has a collector whose answers are long, have several lines, and differ each time.
func TestLongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		report(zap.New(core))
		for n := range 61 {
			otel.Handle(fmt.Errorf("400: body: <html>\n\t%d%s", n, strings.Repeat("é", 1<<14)))
			time.Sleep(2 * time.Second)
		}
		if logs.Len() != 3 { // at once, and after each minute
			t.Errorf("%d lines", logs.Len())
		}
		text := fmt.Sprint(logs.All()[1].ContextMap()["error"])
		if !strings.HasPrefix(text, "400: body: <html> 30éé") || len(text) > 520 || !utf8.ValidString(text) {
			t.Errorf("%d bytes: %.100q", len(text), text)
		}
	})
}

// TestNoRedirect has a collector that redirects to another host, which must not get the key in the headers.
func TestNoRedirect(t *testing.T) {
	other := collect(t)
	server := httptest.NewServer(http.RedirectHandler(other.URL+"/v1/traces", http.StatusTemporaryRedirect))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=hush")
	tracer, logs := open(t)
	tracer.Begin(message("", `{}`)).End()
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(logs.All()); other.count() != 0 || !strings.Contains(got, "collector redirects to "+other.URL) {
		t.Errorf("the other host got %v; logged %s", other.header, got)
	}
}

// TestDefaultEndpoint is that of the specification: on this machine, without TLS.
func TestDefaultEndpoint(t *testing.T) {
	collect(t)
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")
	tracer, logs := open(t)
	tracer.Begin(message("", `{}`)).End()
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(logs.All()); !strings.Contains(got, "http://localhost:4318/v1/traces") {
		t.Errorf("logged %s", got)
	}
}

// TestCloseWaitsForNoRetry has a collector that asks to send the spans again later.
func TestCloseWaitsForNoRetry(t *testing.T) {
	c := collect(t)
	c.statuses = []int{503, 503}
	exporter, problems := NewExporter()
	if problems != nil {
		t.Fatal(problems)
	}
	tracer := New(exporter, "https://sqs.example/1/mine", &url.URL{}, "1.2.3", zap.NewNop())
	ended := make(chan struct{}, 1)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { ended <- struct{}{} }))
	tracer.Begin(message("", `{}`)).End()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := tracer.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 2*time.Second {
		t.Errorf("%s later: %v", time.Since(begun), err)
	}
	if err := exporter.Shutdown(t.Context()); err != nil { // the retry would be reported during another test
		t.Error(err)
	}
	<-ended
}

func TestOffUnlessAsked(t *testing.T) {
	for name, env := range map[string]string{
		"nothing": "", "none": "OTEL_TRACES_EXPORTER=none", "disabled": "OTEL_SDK_DISABLED=TRUE",
	} {
		t.Run(name, func(t *testing.T) {
			collect(t)
			if name == "nothing" {
				t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
			} else {
				variable, value, _ := strings.Cut(env, "=")
				t.Setenv(variable, value)
			}
			if exporter, problems := NewExporter(); exporter != nil || problems != nil {
				t.Error(exporter, problems)
			}
		})
	}
}

func TestWrongSettings(t *testing.T) {
	for _, test := range [][3]string{
		{"OTEL_TRACES_EXPORTER", "zipkin", `OTEL_TRACES_EXPORTER is "zipkin": otlp or none is accepted`},
		{
			"OTEL_EXPORTER_OTLP_PROTOCOL",
			"grpc",
			`OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": http/protobuf or http/json is accepted`,
		},
		{
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
			"grpc",
			`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "grpc": http/protobuf or http/json is accepted`,
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT",
			"collector:4317",
			`OTEL_EXPORTER_OTLP_ENDPOINT is "(not shown)": an http or https URL without password and query is accepted`,
		},
		{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
			"https://collector/?key=hush",
			`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is "(not shown)": an http or https URL without password and query is accepted`,
		},
		{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
			"https://user:hush@collector/",
			`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is "(not shown)": an http or https URL without password and query is accepted`,
		},
		{
			"OTEL_EXPORTER_OTLP_TIMEOUT",
			"10s",
			`OTEL_EXPORTER_OTLP variables: cannot parse duration: strconv.Atoi: parsing "10s": invalid syntax`,
		},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", `OTEL_EXPORTER_OTLP_COMPRESSION is "zstd": gzip or none is accepted`},
		{"OTEL_EXPORTER_OTLP_HEADERS", "hush", `OTEL_EXPORTER_OTLP variables: cannot parse headers: missing '=`},
		{
			"OTEL_EXPORTER_OTLP_HEADERS",
			"k=hush%zz",
			`OTEL_EXPORTER_OTLP variables: cannot escape header value: invalid URL escape "%zz"`,
		},
		{
			"OTEL_EXPORTER_OTLP_CERTIFICATE",
			"/nonexistent",
			`OTEL_EXPORTER_OTLP variables: cannot read tls ca cert file: open /nonexistent: no such file or directory`,
		},
	} {
		t.Run(test[0]+"="+test[1], func(t *testing.T) {
			collect(t)
			t.Setenv(test[0], test[1])
			if _, got := NewExporter(); len(got) != 1 || got[0] != test[2] {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestCertificateWithoutKey has half of a pair, which OpenTelemetry's library would ignore.
func TestCertificateWithoutKey(t *testing.T) {
	collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/nonexistent")
	if _, got := NewExporter(); len(got) != 1 || !strings.Contains(got[0], "go together") {
		t.Errorf("%q", got)
	}
}

// TestEndpointOfOtherSignals has an endpoint that the one for traces replaces, but that OpenTelemetry's library reads.
func TestEndpointOfOtherSignals(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL)
	for _, endpoint := range []string{"collector:4317", "http://user:hush@c:4318/", "http://user:hush%zz@c/"} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
		if _, got := NewExporter(); got != nil {
			t.Errorf("%s: %q", endpoint, got)
		}
	}
}

// TestTLS has a collector whose certificate is signed by a CA that only OTEL_EXPORTER_OTLP_CERTIFICATE names.
func TestTLS(t *testing.T) {
	c := collect(t)
	server := httptest.NewTLSServer(c)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", file)
	const plain = "OTEL_EXPORTER_OTLP variables: cannot export spans: insecure HTTP endpoint cannot use TLS client " +
		"configuration"
	if _, got := NewExporter(); len(got) != 1 || got[0] != plain {
		t.Errorf("without TLS: %q", got)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", server.URL)
	tracer, _ := open(t)
	tracer.Begin(message("", `{}`)).End()
	if err := tracer.Close(t.Context()); err != nil || len(c.spans()) != 1 || c.path != "/" {
		t.Errorf("%d spans at %s, %v", len(c.spans()), c.path, err)
	}
}
