package relay

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// load reads settings in an environment of the test's own.
func load(t *testing.T, env map[string]string, args ...string) (*Settings, error) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "REGION", "AUTH_TOKEN"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	for name, value := range env {
		t.Setenv(name, value)
	}
	var s Settings
	return &s, settings.Load(&s, args)
}

func TestFormatFollowsTheReceiver(t *testing.T) {
	for _, test := range []struct {
		env         map[string]string
		args        []string
		format, url string
	}{
		{nil, nil, "dispatch-sidecar", "http://localhost:8080/"},
		{map[string]string{"AUTH_TOKEN": "t"}, nil, "dispatch", "http://localhost:8080/v1/event/ingest"},
		{
			map[string]string{"AUTH_TOKEN": "t"},
			[]string{"--dispatch-api-endpoint=10.0.0.1:8090"},
			"dispatch",
			"http://10.0.0.1:8090/v1/event/ingest",
		},
		{nil, []string{"--format=dispatch-draft"}, "dispatch-draft", "http://localhost:8080/"},
		{nil, []string{"--dispatch-api-endpoint", "https://d/"}, "dispatch-sidecar", "https://d/"},
		{
			map[string]string{"AUTH_TOKEN": "t"},
			[]string{"--sink-url=https://e.example/x?y=z"},
			"structured",
			"https://e.example/x?y=z",
		},
		{map[string]string{"SINK_URL": "http://e.example"}, []string{"--format=batch"}, "batch", "http://e.example/"},
	} {
		t.Run(fmt.Sprint(test.env, test.args), func(t *testing.T) {
			s, err := load(t, test.env, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if target := s.target(); s.Format != test.format || target.String() != test.url {
				t.Errorf("%s to %s", s.Format, target)
			}
		})
	}
}

// TestSecretsAreOneLine has a token with a line break at its end, as files and shells give it.
func TestSecretsAreOneLine(t *testing.T) {
	s, err := load(
		t,
		map[string]string{
			"SINK_TOKEN": "tok\n", "SINK_URL": "https://x\n", "ORG": " org\r\n", "AUTH_TOKEN": "t\n", "REGION": "eu-west-1\n",
		},
	)
	if err != nil || s.SinkToken != "tok" || s.SinkURL != "https://x" || s.Org != "org" || s.AuthToken != "t" ||
		s.Region != "eu-west-1" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRegion(t *testing.T) {
	const west, china = "https://sqs.us-west-2.amazonaws.com/1/q", "https://sqs.cn-north-1.amazonaws.com.cn/1/q"
	for _, test := range []struct {
		env               map[string]string
		region, from, err string
	}{
		{nil, "us-west-2", "the default", ""},
		{map[string]string{"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3", "AWS_DEFAULT_REGION", ""},
		{
			map[string]string{"AWS_DEFAULT_REGION": "eu-west-3", "AWS_REGION": "eu-central-1"}, "eu-central-1", "AWS_REGION", "",
		},
		{map[string]string{"AWS_REGION": "eu-central-1", "REGION": "ap-south-1"}, "ap-south-1", "REGION", ""},
		{map[string]string{"QUEUE_URL": china}, "cn-north-1", "QUEUE_URL", ""},
		// where this runs says nothing of where the queue is
		{map[string]string{"QUEUE_URL": china, "AWS_REGION": "eu-central-1"}, "cn-north-1", "QUEUE_URL", ""},
		{map[string]string{"QUEUE_URL": west, "REGION": "us-west-2"}, "us-west-2", "QUEUE_URL", ""},
		{
			map[string]string{"QUEUE_URL": west, "REGION": "eu-west-1"},
			"",
			"",
			`REGION is "eu-west-1" but the queue of QUEUE_URL is in us-west-2: leave REGION out to use that region`,
		},
		{map[string]string{"QUEUE_URL": "http://127.0.0.1:4566/1/q", "REGION": "eu-west-1"}, "eu-west-1", "REGION", ""},
	} {
		t.Run(fmt.Sprint(test.env), func(t *testing.T) {
			s, err := load(t, test.env)
			if test.err != "" {
				if err == nil || err.Error() != test.err || !settings.IsUsage(err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || s.Region != test.region || s.regionFrom != test.from {
				t.Errorf("%s from %s, %v", s.Region, s.regionFrom, err)
			}
		})
	}
}

var badSettings = []struct {
	env  map[string]string
	args []string
	want string
}{
	{map[string]string{"DURATION": "21"}, nil, `DURATION is "21": it must be a whole number (seconds, 0–20)`},
	{map[string]string{"DURATION": "-1"}, nil, `DURATION is "-1": it must be a whole number (seconds, 0–20)`},
	{map[string]string{"DURATION": "20s"}, nil, `DURATION is "20s": it must be a whole number (seconds, 0–20)`},
	{nil, []string{"--source="}, `SOURCE is "": it must be a URI reference and not empty`},
	{nil, []string{"--source=%zz"}, `SOURCE is "%zz": it must be a URI reference and not empty`},
	{nil, []string{"--source-id=" + strings.Repeat("x", 65)}, `SOURCE_ID has 65 characters: at most 64 are accepted`},
	{nil, []string{"--queue-url=queue"}, `QUEUE_URL is "queue": it must be an http or https URL`},
	{
		nil,
		[]string{"--dead-letter-queue-url=ftp://x"},
		`DEAD_LETTER_QUEUE_URL is "ftp://x": it must be an http or https URL`,
	},
	{nil, []string{"--sink-url=ftp://me:hush@x"}, `SINK_URL is "ftp://(hidden)@x": it must be an http or https URL`},
	{
		nil,
		[]string{"--sink-url=http://user:hu%zzsh@h/"},
		`SINK_URL is "http://(hidden)@h/": it must be an http or https URL`,
	},
	{
		nil,
		[]string{"--sink-url=user:hu/sh@host/x?key=hush"},
		`SINK_URL is "(hidden)@host/x?(hidden)": it must be an http or https URL`,
	},
	{nil, []string{"--sink-url=ftp://user:hu?sh@x"}, `SINK_URL is "ftp://(hidden)@x": it must be an http or https URL`},
	{
		map[string]string{"AWS_ENDPOINT_URL": "http://user:hu%zzsh@h/"},
		nil,
		`AWS_ENDPOINT_URL is "http://(hidden)@h/": it must be an http or https URL without user and password`,
	},
	{
		map[string]string{"AWS_ENDPOINT_URL_SQS": "user:hush@h"},
		nil,
		`AWS_ENDPOINT_URL_SQS is "(hidden)@h": it must be an http or https URL without user and password`,
	},
	{
		nil,
		[]string{"--dispatch-api-endpoint=user:hu sh@host:1"},
		`DISPATCH_API_ENDPOINT is "(hidden)@host:1": it must be host:port`,
	},
	{nil, []string{"--admin-addr=nowhere"}, `ADMIN_ADDR is "nowhere": it must be host:port, or :port for all addresses`},
	{nil, []string{"--events-addr=9091"}, `EVENTS_ADDR is "9091": it must be host:port, or :port for all addresses`},
	{nil, []string{"--sink-url=http://"}, `SINK_URL is "http://": it must be an http or https URL`},
	{nil, []string{"--dispatch-api-endpoint=a b:1"}, `DISPATCH_API_ENDPOINT is "a b:1": it must be host:port`},
	{
		nil,
		[]string{"--format=xml"},
		`FORMAT is "xml": it must be text (one of dispatch, dispatch-sidecar, dispatch-draft, structured, binary, batch)`,
	},
	{
		nil,
		[]string{"--format=dispatch"},
		`FORMAT is dispatch without AUTH_TOKEN: Dispatch Solo accepts no event without a token`,
	},
	{
		nil,
		[]string{"--format=binary"},
		`FORMAT is binary without SINK_URL: use dispatch, dispatch-sidecar or dispatch-draft for Dispatch`,
	},
	{
		nil,
		[]string{"--format=dispatch-draft", "--sink-url=http://x"},
		`FORMAT is dispatch-draft and SINK_URL is set: use structured, binary or batch with SINK_URL`,
	},
	{
		nil,
		[]string{"--sink-url=https://x", "--sink-cert-file=c"},
		`SINK_CERT_FILE and SINK_KEY_FILE go together: set both or neither`,
	},
	{
		map[string]string{"SINK_TOKEN": "hush"},
		[]string{"--sink-url=http://x", "--sink-token-file=f"},
		`SINK_TOKEN and SINK_TOKEN_FILE are both set: set only one of them`,
	},
	{
		nil,
		[]string{"--auth-token=hush"},
		`--auth-token: secrets are not accepted as arguments, which other processes can read: set the variable AUTH_TOKEN`,
	},
	{
		nil,
		[]string{"--sink-token", "hush"},
		`--sink-token: secrets are not accepted as arguments, which other processes can read: set the variable SINK_TOKEN`,
	},
	{
		nil,
		[]string{"--sink-timeout=5"},
		`SINK_TIMEOUT is "5": it must be a duration like 500ms or 2m (1ms–15m)`,
	},
	{
		map[string]string{"SINK_TIMEOUT": "0s"},
		nil,
		`SINK_TIMEOUT is "0s": it must be a duration like 500ms or 2m (1ms–15m)`,
	},
	{nil, []string{"--max-in-flight=0"}, `MAX_IN_FLIGHT is "0": it must be a whole number (1–100000)`},
	{nil, []string{"--max-pollers=many"}, `MAX_POLLERS is "many": it must be a whole number (1–256)`},
	{nil, []string{"--linger=21s"}, `LINGER is "21s": it must be a duration like 500ms or 2m (0s–20s)`},
	{
		nil,
		[]string{"--shutdown-timeout=0s"},
		`SHUTDOWN_TIMEOUT is "0s": it must be a duration like 500ms or 2m (1s–1h)`,
	},
	{
		map[string]string{"DRY_RUN": "true"},
		nil,
		`DRY_RUN is true: this forwarder always sends; 'stack tail' shows events and leaves them in the queue`,
	},
	{map[string]string{"CLEAN_UP": "maybe"}, nil, `CLEAN_UP is "maybe": it must be true or false`},
	{nil, []string{"--log-level=loud"}, `LOG_LEVEL is "loud": it must be text (one of debug, info, warn, error)`},
	{map[string]string{"LOG_FORMAT": "yaml"}, nil, `LOG_FORMAT is "yaml": it must be text (one of json, console)`},
	{nil, []string{"--queue=x"}, `unknown argument --queue: -h lists what is accepted`},
	{nil, []string{"start"}, `unknown argument start: -h lists what is accepted`},
	{nil, []string{"--region"}, `--region needs a value: it must be text`},
	{
		map[string]string{"MAX_POLLERS": "x"},
		[]string{"--linger=x"},
		`MAX_POLLERS is "x": it must be a whole number (1–256)` + "\n" +
			`LINGER is "x": it must be a duration like 500ms or 2m (0s–20s)`,
	},
}

func TestSources(t *testing.T) {
	for _, source := range []string{"dispatch", "urn:x:y", "https://a/b"} {
		if _, err := load(t, map[string]string{"SOURCE": source}); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, test := range badSettings {
		refused(t, test.env, test.args, test.want)
	}
}

// TestBadSecrets has secrets that would go to another receiver, have no effect, or be shown.
func TestBadSecrets(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{
			map[string]string{"SINK_TOKEN": "hush"},
			nil,
			`SINK_TOKEN is set without SINK_URL: it is not for Dispatch, whose token is AUTH_TOKEN`,
		},
		{
			map[string]string{"AUTH_TOKEN": "t"},
			[]string{"--sink-token-file=f"},
			`SINK_TOKEN_FILE is set without SINK_URL: it is not for Dispatch, whose token is AUTH_TOKEN`,
		},
		{
			nil,
			[]string{"--sink-ca-file=f"},
			`SINK_CA_FILE is set without a receiver that is reached over TLS: give SINK_URL an https URL`,
		},
		{
			nil,
			[]string{"--sink-url=http://x", "--sink-cert-file=f", "--sink-key-file=f"},
			`SINK_CERT_FILE is set without a receiver that is reached over TLS: give SINK_URL an https URL` + "\n" +
				`SINK_KEY_FILE is set without a receiver that is reached over TLS: give SINK_URL an https URL`,
		},
		{
			map[string]string{"SINK_TOKEN": "hu\nsh"},
			[]string{"--sink-url=https://x"},
			`SINK_TOKEN contains a control character, such as a line break: it must be one line of text`,
		},
		{
			map[string]string{"ORG": "a\u009bb"},
			nil,
			`ORG contains a control character, such as a line break: it must be one line of text`,
		},
		{
			map[string]string{"AWS_SESSION_TOKEN": "hush\n"},
			nil,
			`AWS_SESSION_TOKEN begins or ends with white space, or contains a control character: remove that`,
		},
		{
			map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:hu%zzsh@h/"},
			nil,
			`OTEL_EXPORTER_OTLP_ENDPOINT is "(not shown)": an http or https URL without password and query is accepted`,
		},
		{
			map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "user:hush@h/"},
			nil,
			`OTEL_EXPORTER_OTLP_ENDPOINT is "(not shown)": an http or https URL without password and query is accepted`,
		},
	} {
		refused(t, test.env, test.args, test.want)
	}
}

func refused(t *testing.T, env map[string]string, args []string, want string) {
	t.Run(want, func(t *testing.T) {
		_, err := load(t, env, args...)
		if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "zzsh")) {
			t.Errorf("the message holds a secret: %v", err)
		}
		if err == nil || err.Error() != want || !settings.IsUsage(err) {
			t.Errorf("%v %v: got\n%v\nwant\n%s", env, args, err, want)
		}
	})
}

func TestTokensOverPlainHTTP(t *testing.T) {
	for _, test := range []struct {
		env   map[string]string
		warns bool
	}{
		{map[string]string{"SINK_URL": "http://receiver.example", "SINK_TOKEN": "hush"}, true},
		{map[string]string{"SINK_URL": "http://10.0.0.1", "SINK_TOKEN_FILE": "f"}, true},
		{map[string]string{"SINK_URL": "http://me:hush@receiver.example"}, true},
		{map[string]string{"DISPATCH_API_ENDPOINT": "10.0.0.1:8080", "AUTH_TOKEN": "hush"}, true},
		{map[string]string{"SINK_URL": "https://receiver.example", "SINK_TOKEN": "hush"}, false},
		// which is sent only to Dispatch
		{map[string]string{"SINK_URL": "http://receiver.example", "AUTH_TOKEN": "hush"}, false},
		{map[string]string{"SINK_URL": "http://127.9.0.1:80", "SINK_TOKEN": "hush"}, false},
		{map[string]string{"SINK_URL": "http://[::1]:80", "SINK_TOKEN": "hush"}, false},
		{map[string]string{"AUTH_TOKEN": "hush"}, false},
	} {
		t.Run(fmt.Sprint(test.env), func(t *testing.T) {
			s, err := load(t, test.env)
			if err != nil {
				t.Fatal(err)
			}
			core, logs := observer.New(zap.DebugLevel)
			warnOfPlainHTTP(s, zap.New(core))
			if got := logs.Len() > 0; got != test.warns || strings.Contains(fmt.Sprint(logs.All()), "hush") {
				t.Errorf("it says %v", logs.All())
			}
		})
	}
}
