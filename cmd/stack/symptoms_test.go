package main

import (
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// sent returns what the forwarder reports when it sends an event to a receiver.
func sent(t *testing.T, address string, o sink.Options) string {
	t.Helper()
	target, err := url.Parse(address)
	check(t, err)
	o.URL, o.Namespace, o.SourceID = target, "n", "s"
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	s, err := sink.New(o)
	check(t, err)
	e := event.New("dispatch", "m1", []byte(`{"id":"e1","source":"aws.ec2","time":"2026-11-22T05:30:00Z"}`), time.Now())
	return s.Send(t.Context(), &e).Reason
}

// receiver starts a simulated receiver, and returns it and its address.
func receiver(t *testing.T, d sinktest.Dialect) (played *sinktest.Receiver, address string) {
	t.Helper()
	r := &sinktest.Receiver{Dialect: d, Token: "T"}
	server := httptest.NewServer(r)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return r, server.URL
}

// posted returns what Solo answers to another client.
func posted(t *testing.T, body string) string {
	t.Helper()
	_, address := receiver(t, sinktest.Solo)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+ingest, strings.NewReader(body))
	check(t, err)
	request.Header = http.Header{"Content-Type": {"application/json"}, "Cookie": {"unset"}}
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	return response.Status + ": " + string(text)
}

const ingest = "/v1/event/ingest?authToken=T"

// to sends an event to a simulated receiver.
func to(d sinktest.Dialect, path string, o sink.Options) func(*testing.T) string {
	return func(t *testing.T) string {
		_, address := receiver(t, d)
		return sent(t, address+path, o)
	}
}

// failing sends an event to a receiver that fails.
func failing(f sinktest.Fault) func(*testing.T) string {
	return func(t *testing.T) string {
		r, address := receiver(t, sinktest.Sidecar)
		r.Fault(1, f)
		return sent(t, address+"/", sink.Options{Format: sink.FormatSidecar, Timeout: 100 * time.Millisecond})
	}
}

// said returns, by message of the table, a function that causes the message.
func said() map[string]func(*testing.T) string {
	all := saidWithout()
	maps.Copy(all, saidByReceivers())
	return all
}

// saidByReceivers returns those that need a receiver.
func saidByReceivers() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"token not recognized": to( //nolint:misspell // Dispatch's words
			sinktest.Solo,
			"/v1/event/ingest",
			sink.Options{Format: sink.FormatDispatch, Token: "other"},
		),
		"unauthenticated for invalid credentials": to(
			sinktest.Solo,
			ingest,
			sink.Options{Format: sink.FormatStructured},
		),
		"unsupported media type": to(
			sinktest.Solo,
			ingest,
			sink.Options{Format: sink.FormatStructured, Token: "x"},
		),
		"cloudEventsVersion in body is required": to(
			sinktest.Solo,
			ingest,
			sink.Options{Format: sink.FormatBinary, Token: "x"},
		),
		"eventType in body should match": func(t *testing.T) string {
			return posted(t, `{"eventType":"a b","cloudEventsVersion":"0.1","source":"s","eventID":"1"}`)
		},
		"cannot unmarshal array into Go value of type v1.Emission": func(t *testing.T) string {
			return posted(t, `[{}]`)
		},
		"resource does not exist": to(
			sinktest.Solo,
			"/",
			sink.Options{Format: sink.FormatSidecar},
		),
		"'EventType' failed on the 'required' tag": to(
			sinktest.Sidecar,
			"/",
			sink.Options{Format: sink.FormatDraft},
		),
		"Go struct field CloudEvent.data of type string": to(
			sinktest.Draft,
			"/",
			sink.Options{Format: sink.FormatSidecar},
		),
		"Error publishing event": failing(sinktest.Fault{Kind: sinktest.BrokerDown}),
		"no answer in time":      failing(sinktest.Fault{Kind: sinktest.Stall}),
	}
}

// saidWithout returns those in which the receiver is not reached.
func saidWithout() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"correct SINK_URL or DISPATCH_API_ENDPOINT": func(t *testing.T) string {
			server := httptest.NewServer(http.RedirectHandler("https://receiver.invalid/", http.StatusPermanentRedirect))
			t.Cleanup(server.Close)
			return sent(t, server.URL, sink.Options{Format: sink.FormatStructured})
		},
		"(check HTTP_PROXY and HTTPS_PROXY)": proxied,
		"connection refused":                 func(t *testing.T) string { message, _ := unheard(t); return message },
		"localhost:8080: connect: connection refused": func(t *testing.T) string {
			message, port := unheard(t)
			return strings.Replace(message, port, "8080", 1)
		},
		"certificate": func(t *testing.T) string {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			return sent(t, server.URL, sink.Options{Format: sink.FormatStructured})
		},
		"no such host": func(*testing.T) string {
			return (&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}).Error()
		},
		"not reached yet": func(*testing.T) string { return "not reached yet" }, // in forwarder/breaker.go
		"AccessDenied":    func(*testing.T) string { return (&smithy.GenericAPIError{Code: "AccessDenied"}).Error() },
	}
}

// unheard returns the message if nothing listens at a port of this machine, and the port.
func unheard(t *testing.T) (message, port string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	check(t, listener.Close())
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return sent(t, "http://"+listener.Addr().String()+"/", sink.Options{Format: sink.FormatStructured}), port
}

// TestSymptomOfNoAddress checks that a driver without an address is distinguished from a Dispatch that is down, for
// each form of localhost.
func TestSymptomOfNoAddress(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8080":  "--events-gateway HOST:8080",
		"[::1]:8080":      "--events-gateway HOST:8080",
		"172.17.0.1:8080": "start Dispatch (no event is lost)",
	} {
		s := explain("dial tcp "+address+": connect: connection refused", symptom{})
		if !strings.Contains(s.cure, want) {
			t.Errorf("%s: %s", address, s.cure)
		}
	}
}

// TestCuresLoseNothing checks that no solution loses events, because it applies the subscriptions again or creates the
// driver before them.
func TestCuresLoseNothing(t *testing.T) {
	for _, wrong := range []string{"anew", "create it again"} {
		if strings.Contains(symptomTable, wrong) {
			t.Errorf("the table has %q", wrong)
		}
	}
}

// proxied runs this test once more in a separate process, because the proxy is read from the environment once in a
// process.
func proxied(t *testing.T) string {
	t.Helper()
	const child = "STACK_TEST_PROXIED"
	if os.Getenv(child) != "" {
		message := sent(t, "http://receiver.invalid/", sink.Options{Format: sink.FormatStructured})
		_, _ = os.Stdout.WriteString(message + "\n")
		return message
	}
	away := httptest.NewServer(nil)
	away.Close()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSymptomsAreReal$/HTTP_PROXY")
	command.Env = append(os.Environ(), child+"=1", "HTTP_PROXY="+away.URL, "NO_PROXY=", "REQUEST_METHOD=")
	out, err := command.CombinedOutput()
	check(t, err)
	message, _, _ := strings.Cut(string(out), "\n")
	return message
}

func TestSymptomsAreReal(t *testing.T) {
	say := said()
	for _, s := range symptoms {
		t.Run(s.message, func(t *testing.T) {
			if say[s.message] == nil {
				t.Fatal("nobody says it")
			}
			message := say[s.message](t)
			if found := explain(message, symptom{}); found.message != s.message {
				t.Errorf("%q is taken for %q", message, found.message)
			}
			if !strings.Contains(message, s.status) {
				t.Errorf("%q does not come with %s", message, s.status)
			}
		})
	}
}

func TestReadmeHasTheSymptoms(t *testing.T) {
	const file, begin, end = "../../examples/dispatch/README.md", "<!-- symptoms -->\n", "<!-- end -->"
	text, err := os.ReadFile(file)
	check(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	if !found {
		t.Fatal("there is no place for the symptoms")
	}
	was, after, _ := strings.Cut(rest, end)
	if *update {
		check(t, os.WriteFile(file, []byte(before+begin+symptomTable+end+after), 0o600))
	} else if was != symptomTable {
		t.Error("the table of symptoms is not cmd/stack/failure_causes.md: go test ./cmd/stack -run Symptoms -update")
	}
}
