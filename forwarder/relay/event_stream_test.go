package relay

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// verdicts is a receiver with one answer.
type verdicts sink.Verdict

func (v verdicts) Send(context.Context, ...*event.Event) sink.Verdict { return sink.Verdict(v) }

func eventNumber(i int) *event.Event {
	e := event.New("s", fmt.Sprint("m-", i), []byte(eventBody(i)), time.Unix(0, 0))
	return &e
}

func TestWhatIsTold(t *testing.T) {
	text := event.New("s", "m-1", []byte("no <event>"), time.Unix(0, 0).UTC())
	one := `"id":"e-1","type":"aws.ec2","time":"2026-11-22T05:30:00Z","data":` + eventBody(1)
	for name, c := range map[string]struct {
		verdict sink.Verdict
		events  []*event.Event
		want    []string
	}{
		"delivered": {
			sink.Verdict{Fate: sink.Delivered, Status: 202},
			[]*event.Event{eventNumber(1)},
			[]string{`{"fate":"delivered","status":202,` + one + "}\n"},
		},
		"refused": {
			sink.Verdict{Fate: sink.Refused, Status: 422, Reason: "why"},
			[]*event.Event{eventNumber(1)},
			[]string{`{"fate":"refused","status":422,"reason":"why",` + one + "}\n"},
		},
		"a text": {
			sink.Verdict{Fate: sink.Delivered},
			[]*event.Event{&text},
			[]string{`{"fate":"delivered","id":"m-1","type":"aws.sqs","time":"1970-01-01T00:00:00Z","data":"no <event>"}` +
				"\n"},
		},
		"an array": {
			sink.Verdict{Fate: sink.Delivered, Status: 200},
			[]*event.Event{eventNumber(1), eventNumber(2)},
			[]string{
				`{"fate":"delivered","status":200,` + one + "}\n",
				`{"fate":"delivered","status":200,` + strings.ReplaceAll(one, "e-1", "e-2") + "}\n",
			},
		},
		"an array that is refused, and sent again": {
			sink.Verdict{Fate: sink.Refused}, []*event.Event{eventNumber(1), eventNumber(2)}, nil,
		},
		"tried again": {sink.Verdict{Fate: sink.Unavailable}, []*event.Event{eventNumber(1)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feed{Sink: verdicts(c.verdict)}
			if got := f.Send(t.Context(), c.events...); got != c.verdict {
				t.Errorf("the verdict became %+v", got)
			}
			s := f.subscribe()
			_ = f.Send(t.Context(), c.events...)
			if got := string(f.take(s)); got != strings.Join(c.want, "") {
				t.Errorf("told %s", got)
			}
			f.unsubscribe(s)
			_ = f.Send(t.Context(), c.events...)
			if got := string(f.take(s)); got != "" {
				t.Errorf("told %s after it has left", got)
			}
		})
	}
}

// TestSlowListener reads nothing while many events are delivered, and then gets those that were kept and the number of
// the others. Other subscribers lose nothing.
func TestSlowListener(t *testing.T) {
	f := &feed{Sink: verdicts{Fate: sink.Delivered}}
	slow, quick := f.subscribe(), f.subscribe()
	const n = 6_000
	read := 0
	for i := range n {
		_ = f.Send(t.Context(), eventNumber(i))
		read += bytes.Count(f.take(quick), []byte("\n"))
	}
	kept := f.take(slow)
	lines := bytes.Split(bytes.TrimSpace(kept), []byte("\n"))
	var last Line
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil || last.Lost == 0 || last.Lost+len(lines)-1 != n {
		t.Errorf("%d lines and %+v, %v", len(lines), last, err)
	}
	if read != n || len(kept) > maxUnread+100 {
		t.Errorf("the quick one read %d, %d bytes were kept for the slow one", read, len(kept))
	}
	_ = f.Send(t.Context(), eventNumber(n))
	if again := string(f.take(slow)); strings.Count(again, "\n") != 1 || strings.Contains(again, "lost") {
		t.Errorf("afterwards it is told %s", again)
	}
}

func TestStream(t *testing.T) {
	f := &feed{Sink: verdicts{Fate: sink.Delivered, Status: 200}}
	server := httptest.NewServer(http.HandlerFunc(f.stream))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	var all []*http.Response
	for i := range maxSubscribers + 1 {
		//nolint:bodyclose // get has the test close it
		all = append(all, get(ctx, t, server.URL, fmt.Sprint("127.0.0.", i+1)))
	}
	if line := readLine(t, bufio.NewScanner(all[0].Body)); line.Ended == "" {
		t.Errorf("the oldest of too many is told %+v", line)
	}
	for i := range 3 {
		_ = f.Send(t.Context(), eventNumber(i))
	}
	for _, response := range all[1:] {
		lines := bufio.NewScanner(response.Body)
		for i := range 3 {
			if line := readLine(t, lines); line.ID != fmt.Sprint("e-", i) {
				t.Fatalf("line %d: %+v", i, line)
			}
		}
	}
	cancel()
	for f.connected() > 0 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

func (f *feed) connected() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subscribers)
}

// TestWhoMayAsk has a browser's requests for a host name that resolves to this address, and those of other sites'
// pages.
func TestWhoMayAsk(t *testing.T) {
	f := &feed{Sink: verdicts{Fate: sink.Delivered}}
	for name, c := range map[string]struct {
		host   string
		header string
		want   int
	}{
		"address":           {"127.0.0.1:9091", "", 200},
		"IPv6":              {"[::1]:9091", "", 200},
		"no port":           {"10.0.0.7", "", 200},
		"IPv6 without port": {"[fe80::1]", "", 200},
		"localhost":         {"localhost:9091", "", 200}, "itself": {"LOCALHOST:9091", "Sec-Fetch-Site: none", 200},
		"rebound":             {"evil.example:9091", "", 403},
		"no host":             {"", "", 403},
		"looks like one":      {"127.0.0.1.evil.example", "", 403},
		"localhost of others": {"localhost.evil.example", "", 403},
		"another site":        {"127.0.0.1:9091", "Sec-Fetch-Site: cross-site", 403},
		"its script":          {"127.0.0.1:9091", "Origin: https://evil.example", 403},
		"its sandbox":         {"127.0.0.1:9091", "Origin: null", 403},
		"another port":        {"127.0.0.1:9091", "Sec-Fetch-Site: same-site", 403},
		"old, another port":   {"127.0.0.1:9091", "Origin: http://127.0.0.1:8080", 403},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // what would stream ends at once
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil)
			request.Host = c.host
			if name, value, is := strings.Cut(c.header, ": "); is {
				request.Header.Set(name, value)
			}
			answer := httptest.NewRecorder()
			f.stream(answer, request)
			if answer.Code != c.want {
				t.Errorf("answered %d, not %d", answer.Code, c.want)
			}
		})
	}
}

// get asks from an address of this machine's.
func get(ctx context.Context, t *testing.T, url, from string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Skipf("from %s: %v", from, err) // not every system has all of 127.0.0.0/8
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func readLine(t *testing.T, lines *bufio.Scanner) (line Line) {
	t.Helper()
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &line) != nil {
		t.Fatalf("%q, %v", lines.Text(), lines.Err())
	}
	return line
}

// TestListenerThatTakesNothing is given up, and until then the quiet stream shows that it lives.
func TestListenerThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &feed{Sink: verdicts{Fate: sink.Delivered}}
		here, there := net.Pipe()
		go func() { // the server writes into a pipe, as into a connection whose buffers are full
			w := &pipeWriter{Conn: there, header: http.Header{}}
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/events", nil)
			f.stream(w, request)
			_ = there.Close()
		}()
		line, err := bufio.NewReader(here).ReadString('\n')
		if err != nil || line != "\n" {
			t.Errorf("after a while comes %q, %v", line, err)
		}
		begun := time.Now()
		_ = f.Send(t.Context(), eventNumber(1)) // and nobody reads it
		time.Sleep(writeTime + time.Second)
		if f.connected() != 0 {
			t.Errorf("%s later it is still kept", time.Since(begun))
		}
	})
}

type pipeWriter struct {
	net.Conn
	header http.Header
}

func (p *pipeWriter) Header() http.Header { return p.header }
func (p *pipeWriter) WriteHeader(int)     {}
func (p *pipeWriter) Flush()              {}

func BenchmarkNobodyListens(b *testing.B) {
	direct := verdicts{Fate: sink.Delivered}
	f := &feed{Sink: direct}
	e := eventNumber(1)
	ctx := b.Context()
	b.Run("with", func(b *testing.B) {
		for b.Loop() {
			_ = f.Send(ctx, e)
		}
	})
	b.Run("without", func(b *testing.B) {
		for b.Loop() {
			_ = direct.Send(ctx, e)
		}
	})
}

// TestSumsUpWhatIsDelivered checks what /readyz reports about delivered events.
func TestSumsUpWhatIsDelivered(t *testing.T) {
	for fate, want := range map[sink.Fate]string{
		sink.Delivered: "3, the last at 2000-01-01T00:01:00Z", sink.Refused: "no event", sink.Unavailable: "no event",
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &feed{Sink: verdicts(sink.Verdict{Fate: fate})}
			_ = f.Send(t.Context(), eventNumber(1), eventNumber(2))
			time.Sleep(time.Minute)
			_ = f.Send(t.Context(), eventNumber(3))
			if got := f.summary(); got != want {
				t.Errorf("%s: %s", fate, got)
			}
		})
	}
}
