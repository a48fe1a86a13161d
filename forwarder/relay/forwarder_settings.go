// Package relay runs a complete forwarder as its settings say. cmd/forwarder is the program around it; tests also call
// it in their own process.
package relay

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/tracing"
)

// Settings are read from the environment and from arguments; forwarder/settings explains the tags.
type Settings struct {
	Region    string `envconfig:"REGION" group:"Forwarder"`
	QueueName string `envconfig:"QUEUE_NAME" default:"dispatch" desc:"name of the SQS queue, including .fifo"`
	QueueURL  string `envconfig:"QUEUE_URL" desc:"URL of the queue; QUEUE_NAME is then ignored"`
	Duration  int    `envconfig:"DURATION" default:"20" unit:"seconds" min:"0" max:"20"`

	Source              string `envconfig:"SOURCE" default:"dispatch" desc:"CloudEvents source, a URI reference"`
	Namespace           string `envconfig:"NAMESPACE" default:"dispatchframework.io/aws-event"`
	SourceID            string `envconfig:"SOURCE_ID" defaultdesc:"a new UUID"`
	DispatchAPIEndpoint string `envconfig:"DISPATCH_API_ENDPOINT" default:"localhost:8080"`
	AuthToken           string `envconfig:"AUTH_TOKEN" secret:"true" desc:"the token that Dispatch gives its event driver"`
	Org                 string `envconfig:"ORG" desc:"the Dispatch organisation, sent in the header X-Dispatch-Org"`
	SinkURL             string `envconfig:"SINK_URL"`
	SinkToken           string `envconfig:"SINK_TOKEN" secret:"true" desc:"bearer token for SINK_URL"`
	SinkTokenFile       string `envconfig:"SINK_TOKEN_FILE" file:"file"`
	SinkCAFile          string `envconfig:"SINK_CA_FILE" file:"file" defaultdesc:"system roots"`
	SinkCertFile        string `envconfig:"SINK_CERT_FILE" file:"file"`
	SinkKeyFile         string `envconfig:"SINK_KEY_FILE" file:"file"`

	Format string `envconfig:"FORMAT" accept:"dispatch|dispatch-sidecar|dispatch-draft|structured|binary|batch"`

	SinkTimeout    time.Duration `envconfig:"SINK_TIMEOUT" default:"5s" min:"1ms" max:"15m"`
	SinkMaxConnAge time.Duration `envconfig:"SINK_MAX_CONN_AGE" default:"5m" min:"0s" max:"24h"`
	SinkSettle     time.Duration `envconfig:"SINK_SETTLE" default:"0s" min:"0s" max:"15m"`

	MaxInFlight        int           `envconfig:"MAX_IN_FLIGHT" default:"1000" min:"1" max:"100000"`
	MaxInFlightBytes   int           `envconfig:"MAX_IN_FLIGHT_BYTES" default:"67108864" min:"1"`
	MaxRate            int           `envconfig:"MAX_RATE" default:"0" min:"0" max:"100000"`
	MaxPollers         int           `envconfig:"MAX_POLLERS" default:"8" min:"1" max:"256"`
	Linger             time.Duration `envconfig:"LINGER" default:"0s" min:"0s" max:"20s"`
	DeadLetterQueueURL string        `envconfig:"DEAD_LETTER_QUEUE_URL"`
	Attributes         string        `envconfig:"ATTRIBUTES"`
	ShutdownTimeout    time.Duration `envconfig:"SHUTDOWN_TIMEOUT" default:"20s" min:"1s" max:"1h"`
	Admin
	EventsAddr string `envconfig:"EVENTS_ADDR" defaultdesc:"off"`
	LogLevel   string `envconfig:"LOG_LEVEL" default:"info" accept:"debug|info|warn|error"`
	LogFormat  string `envconfig:"LOG_FORMAT" accept:"json|console" defaultdesc:"json; console on a terminal"`
	RemovedSettings

	regionFrom string              // the setting or file that named the region
	spans      *otlptrace.Exporter // nil if events are not traced
}

//go:embed settings_help.yaml
var descriptionFile []byte // the descriptions that are too long for a tag

// Admin is the address at which the forwarder serves its health and its metrics. It is the only setting that
// `forwarder --health` loads.
type Admin struct {
	AdminAddr string `envconfig:"ADMIN_ADDR" default:":9090" empty:"off"`
}

// Describe implements settings.Describer, also for Settings, in which Admin is embedded.
func (*Admin) Describe() map[string]string { return settings.Descriptions(descriptionFile) }

// RemovedSettings are the settings that the forwarder no longer has. Most come from the driver that it replaces, and
// are now settings of the stack.
type RemovedSettings struct {
	EventPatterns      string `envconfig:"EVENT_PATTERNS" lines:"true"`
	ScheduleExpression string `envconfig:"SCHEDULE_EXPRESSION"`
	BucketName         string `envconfig:"BUCKET_NAME"`
	TrailName          string `envconfig:"TRAIL_NAME"`
	CleanUp            bool   `envconfig:"CLEAN_UP"`
	DryRun             bool   `envconfig:"DRY_RUN"`
}

// warn logs which of them are set.
func (r *RemovedSettings) warn(log *zap.Logger) {
	given := map[string]bool{
		"event-patterns": r.EventPatterns != "", "schedule-expression": r.ScheduleExpression != "",
		"bucket-name": r.BucketName != "", "trail-name": r.TrailName != "", "clean-up": r.CleanUp,
	}
	maps.DeleteFunc(given, func(_ string, isSet bool) bool { return !isSet })
	if len(given) > 0 {
		log.Warn("settings of the original driver are ignored: use the program 'stack' for rules, buckets and trails",
			zap.Strings("settings", slices.Sorted(maps.Keys(given))))
	}
}

// Check fills in the settings that depend on others, and returns a sentence for each that is invalid or contradictory.
func (s *Settings) Check() []string {
	var wrong []string
	refuse := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if s.DryRun {
		refuse("DRY_RUN is true: this forwarder always sends; 'stack tail' shows events and leaves them in the queue")
	}
	s.chooseRegion(refuse)
	if _, err := url.Parse(s.Source); err != nil || s.Source == "" { // CloudEvents requires this
		refuse("SOURCE is %q: it must be a URI reference and not empty", s.Source)
	}
	if len(s.SourceID) > 64 {
		refuse("SOURCE_ID has %d characters: at most 64 are accepted", len(s.SourceID))
	}
	for _, address := range [][2]string{
		{"QUEUE_URL", s.QueueURL}, {"DEAD_LETTER_QUEUE_URL", s.DeadLetterQueueURL}, {"SINK_URL", s.SinkURL},
	} {
		if name, text := address[0], address[1]; text != "" && settings.WebURL(text) == nil {
			refuse("%s is %q: it must be an http or https URL", name, settings.Redact(text))
		}
	}
	for _, address := range [][2]string{{"ADMIN_ADDR", s.AdminAddr}, {"EVENTS_ADDR", s.EventsAddr}} {
		if _, _, err := net.SplitHostPort(address[1]); address[1] != "" && err != nil {
			refuse("%s is %q: it must be host:port, or :port for all addresses", address[0], address[1])
		}
	}
	if s.SinkURL == "" && settings.WebURL(dispatchURL(s.DispatchAPIEndpoint)) == nil {
		refuse("DISPATCH_API_ENDPOINT is %q: it must be host:port", settings.Redact(s.DispatchAPIEndpoint))
	}
	s.checkSecrets(refuse)
	s.chooseFormat(refuse)
	s.checkAttributes(refuse)
	spans, wrongTracing := tracing.NewExporter()
	s.spans = spans
	return slices.Concat(wrong, wrongTracing, settings.CheckAWS())
}

// checkSecrets reports tokens and certificates that do not fit the receiver or each other. The token of SINK_TOKEN_FILE
// would be sent to Dispatch; SINK_TOKEN or a certificate would have no effect. Without SINK_URL, checkSecrets puts
// AUTH_TOKEN into SinkToken: the rest of the package then has only one token.
func (s *Settings) checkSecrets(refuse func(format string, args ...any)) {
	given := func(why string, values ...[2]string) {
		for _, value := range values {
			if value[1] != "" {
				refuse("%s is set without %s", value[0], why)
			}
		}
	}
	if s.SinkURL == "" {
		given(
			"SINK_URL: it is not for Dispatch, whose token is AUTH_TOKEN",
			[2]string{"SINK_TOKEN", s.SinkToken},
			[2]string{"SINK_TOKEN_FILE", s.SinkTokenFile},
		)
	}
	if !strings.HasPrefix(strings.ToLower(cmp.Or(s.SinkURL, s.DispatchAPIEndpoint)), "https://") {
		given("a receiver that is reached over TLS: give SINK_URL an https URL",
			[2]string{"SINK_CA_FILE", s.SinkCAFile}, [2]string{"SINK_CERT_FILE", s.SinkCertFile},
			[2]string{"SINK_KEY_FILE", s.SinkKeyFile})
	}
	if (s.SinkCertFile == "") != (s.SinkKeyFile == "") {
		refuse("SINK_CERT_FILE and SINK_KEY_FILE go together: set both or neither")
	}
	if s.SinkToken != "" && s.SinkTokenFile != "" {
		refuse("SINK_TOKEN and SINK_TOKEN_FILE are both set: set only one of them")
	}
	if s.SinkURL == "" {
		s.SinkToken = s.AuthToken
	}
}

// chooseFormat chooses a format that suits the receiver if none is given, and reports a given one that does not.
func (s *Settings) chooseFormat(refuse func(format string, args ...any)) {
	isDispatchFormat := strings.HasPrefix(s.Format, "dispatch")
	switch {
	case s.Format == "" && s.SinkURL != "":
		s.Format = sink.FormatStructured
	case s.Format == "" && s.AuthToken != "":
		s.Format = sink.FormatDispatch
	case s.Format == "":
		s.Format = sink.FormatSidecar
	case s.SinkURL != "" && isDispatchFormat:
		refuse("FORMAT is %s and SINK_URL is set: use structured, binary or batch with SINK_URL", s.Format)
	case s.SinkURL == "" && !isDispatchFormat:
		refuse("FORMAT is %s without SINK_URL: use dispatch, dispatch-sidecar or dispatch-draft for Dispatch", s.Format)
	case s.Format == sink.FormatDispatch && s.AuthToken == "":
		refuse("FORMAT is dispatch without AUTH_TOKEN: Dispatch Solo accepts no event without a token")
	}
}

// target returns the receiver's URL. Check has refused a setting that is not a URL.
func (s *Settings) target() *url.URL {
	text := s.SinkURL
	if text == "" {
		text = dispatchURL(s.DispatchAPIEndpoint) + "/"
		if s.Format == sink.FormatDispatch {
			text += "v1/event/ingest"
		}
	}
	target := settings.WebURL(text)
	target.Path = cmp.Or(target.Path, "/")
	return target
}

// dispatchURL makes a URL of HOST:PORT, as Dispatch gives it; a scheme is tolerated.
func dispatchURL(endpoint string) string {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	return strings.TrimRight(endpoint, "/")
}
