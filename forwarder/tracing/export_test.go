package tracing

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAKeyThatTheCollectorRepeats is not logged.
func TestAKeyThatTheCollectorRepeats(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, "unknown key %q", r.Header.Get("X-Api-Key"))
	}))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=hush")
	tracer, logs := open(t)
	tracer.Begin(message("", `{}`)).End()
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if logs.Len() != 1 {
		t.Fatal(logs.All())
	}
	const want = "401 Unauthorized; its answer is not shown: it may repeat a key from the headers"
	if text := fmt.Sprint(logs.All()[0].ContextMap()["error"]); !strings.HasSuffix(text, want) {
		t.Error(text)
	}
}
