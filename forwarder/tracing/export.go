package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// NewExporter makes the exporter that the variables OTEL_* describe. The exporter is nil if they do not ask for traces:
// by the specification every program would export to localhost; here an exporter or an endpoint must be named.
// problems lists what is wrong with the variables. OpenTelemetry's library reads most of them by itself, and only logs
// mistakes in them; readErrors collects what it logs. The few variables that are checked here are those for which a
// mistake would make the library send spans elsewhere or in another form.
func NewExporter() (exporter *otlptrace.Exporter, problems []string) {
	refuse := func(name, value, accepted string) {
		problems = append(problems, fmt.Sprintf("%s is %q: %s is accepted", name, value, accepted))
	}
	oneOf := func(name, value string, accepted ...string) {
		if value != "" && !slices.Contains(accepted, value) {
			refuse(name, value, strings.Join(accepted, " or "))
		}
	}
	kind := os.Getenv("OTEL_TRACES_EXPORTER")
	oneOf("OTEL_TRACES_EXPORTER", kind, "otlp", "none")
	name, endpoint := lookup("ENDPOINT")
	isAskedFor := kind == "otlp" || kind == "" && endpoint != ""
	if !isAskedFor || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, problems
	}
	if u := settings.WebURL(endpoint); endpoint != "" && (u == nil || u.User != nil || u.RawQuery != "") {
		refuse(name, "(not shown)", "an http or https URL without password and query") // they may be secret
	}
	name, protocol := lookup("PROTOCOL")
	oneOf(name, protocol, "http/protobuf", "http/json")
	name, compression := lookup("COMPRESSION")
	oneOf(name, compression, "gzip", "none")
	log := &readErrors{}
	otel.SetLogger(logr.New(log))
	defer otel.SetLogger(logr.Discard())
	_, certificate := lookup("CLIENT_CERTIFICATE")
	if _, key := lookup("CLIENT_KEY"); (certificate == "") != (key == "") { // the library would send no certificate
		problems = append(problems,
			"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together: set both or neither")
	}
	options := []otlptracehttp.Option{otlptracehttp.WithProxy(proxyOf)}
	if endpoint == "" { // by the specification http://localhost:4318, but the library's default is https
		options = append(options, otlptracehttp.WithInsecure())
	}
	exporter, err := otlptracehttp.New(context.Background(), options...)
	if err != nil {
		log.Error(err, "export spans")
	}
	return exporter, append(problems, log.problems...)
}

// proxyOf returns the environment's proxy for a request. It refuses requests that follow a redirect: their headers,
// which may contain a key, would go to a host that nobody configured.
func proxyOf(r *http.Request) (*url.URL, error) {
	if r.Response != nil {
		return nil, fmt.Errorf("collector redirects to %s", r.URL.Redacted())
	}
	return http.ProxyFromEnvironment(r)
}

// lookup finds a variable of the exporter; the one for traces takes precedence over the one for all signals.
func lookup(what string) (name, value string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + what, "OTEL_EXPORTER_OTLP_" + what} {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// readErrors keeps what OpenTelemetry's library logs when it cannot read a variable or a file. It leaves out the
// values, which may be secret.
type readErrors struct {
	logr.LogSink // only the methods below are called
	problems     []string
}

// Init implements logr.LogSink.
func (*readErrors) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (*readErrors) Enabled(int) bool { return false }

// Error implements logr.LogSink.
func (r *readErrors) Error(err error, what string, _ ...any) {
	// A *url.Error quotes an endpoint, which may be secret. If that endpoint is used, NewExporter has reported it.
	var notURL *url.Error
	if errors.As(err, &notURL) {
		return
	}
	r.problems = append(r.problems, fmt.Sprintf("OTEL_EXPORTER_OTLP variables: cannot %s: %s", what, err))
}
