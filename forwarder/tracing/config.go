package tracing

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// config says where and how spans are sent. Its names and defaults are those of OpenTelemetry's specification of the
// exporter.
type config struct {
	endpoint  *url.URL
	header    http.Header
	timeout   time.Duration // of one export, with its retries
	compress  bool
	ca        string // PEM files
	cert, key string
}

// Check returns what is wrong with the variables, OTEL_*.
func Check() []string {
	_, problems := readConfig()
	return problems
}

// readConfig returns nil if the variables do not ask for traces. By the specification every program would export to
// localhost; here an exporter or an endpoint must be named.
func readConfig() (*config, []string) {
	var problems []string
	refuse := func(name, value, accepted string) {
		problems = append(problems, fmt.Sprintf("%s is %q: %s is accepted", name, value, accepted))
	}
	oneOf := func(name, value string, accepted ...string) {
		if value != "" && !slices.Contains(accepted, value) {
			refuse(name, value, strings.Join(accepted, " or "))
		}
	}
	exporter := os.Getenv("OTEL_TRACES_EXPORTER")
	oneOf("OTEL_TRACES_EXPORTER", exporter, "otlp", "none")
	_, given := lookup("ENDPOINT")
	isNamed := exporter == "otlp" || exporter == "" && given != ""
	if !isNamed || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, problems
	}
	c := &config{header: http.Header{}, timeout: 10 * time.Second}
	name, value := lookup("PROTOCOL")
	oneOf(name, value, "http/protobuf")
	name, value = lookup("COMPRESSION")
	oneOf(name, value, "gzip", "none")
	c.compress = value == "gzip"
	if name, value = lookup("TIMEOUT"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			refuse(name, value, "a number of milliseconds above 0")
		}
		c.timeout = time.Duration(n) * time.Millisecond
	}
	if name, value = lookup("HEADERS"); !c.readHeaders(value) {
		refuse(name, "(not shown)", "a list name=value,name=value with percent-encoded values")
	}
	name, value = lookup("ENDPOINT")
	c.endpoint = settings.WebURL(cmp.Or(value, "http://localhost:4318"))
	switch {
	case c.endpoint == nil:
		refuse(name, "(not shown)", "an http or https URL") // it may contain a password
	case !strings.Contains(name, "TRACES"): // one for all signals
		c.endpoint = c.endpoint.JoinPath("v1/traces")
	}
	_, c.ca = lookup("CERTIFICATE")
	_, c.cert = lookup("CLIENT_CERTIFICATE")
	_, c.key = lookup("CLIENT_KEY")
	return c, problems
}

// lookup finds a variable of the exporter; the one for traces takes precedence over the one for all signals.
func lookup(what string) (name, value string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + what, "OTEL_EXPORTER_OTLP_" + what} {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" {
			return name, value
		}
	}
	return "OTEL_EXPORTER_OTLP_" + what, ""
}

func (c *config) readHeaders(text string) bool {
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || name == "" || err != nil || strings.ContainsFunc(
			name+value, unicode.IsControl,
		) {
			return false
		}
		c.header.Set(name, value)
	}
	return true
}
