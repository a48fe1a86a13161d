package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// serve starts one of the real receivers.
func serve(t *testing.T, d sinktest.Dialect) (*sinktest.Receiver, *httptest.Server) {
	t.Helper()
	receiver := &sinktest.Receiver{Dialect: d, Token: "t0ken"}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	return receiver, server
}

// TestRealReceivers has each receiver take what its format makes, one by one and in arrays, the data unchanged.
func TestRealReceivers(t *testing.T) {
	for format, dialect := range map[string]sinktest.Dialect{
		FormatDispatch: sinktest.Solo, FormatSidecar: sinktest.Sidecar, FormatDraft: sinktest.Draft,
		FormatStructured: sinktest.CloudEvents, FormatBinary: sinktest.CloudEvents, FormatBatch: sinktest.CloudEvents,
	} {
		t.Run(format, func(t *testing.T) {
			receiver, server := serve(t, dialect)
			s := newSink(t, server.URL+map[string]string{FormatDispatch: "/v1/event/ingest"}[format],
				func(o *Options) { o.Format, o.Token = format, "t0ken" })
			for _, e := range samples() {
				if v := s.Send(t.Context(), e); v.Fate != Delivered {
					t.Fatal(v)
				}
			}
			if s.Arrays() {
				if v := s.Send(t.Context(), samples()...); v.Fate != Delivered {
					t.Fatal(v)
				}
			}
			for i, got := range receiver.Events() {
				want := samples()[i%len(samples())]
				if got.ID != want.ID || !got.Time.Equal(want.Time) || !strings.HasPrefix(got.ContentType, want.ContentType) ||
					(want.ContentType == "application/json" && !bytes.Equal(got.Data, want.Data)) {
					t.Errorf("event %d came as %+v", i, got)
				}
				for x := range want.Traces() {
					if got.Extensions[x.Name] != x.Value {
						t.Errorf("event %d came with the extensions %v", i, got.Extensions)
					}
				}
			}
			if n := receiver.Counts().Accepted; n != len(samples()) && n != 2*len(samples()) {
				t.Errorf("%d accepted", n)
			}
		})
	}
}

// TestLargeData sends data that are too large to be copied, between others that are not.
func TestLargeData(t *testing.T) {
	for format, dialect := range map[string]sinktest.Dialect{
		FormatDispatch: sinktest.Solo, FormatSidecar: sinktest.Sidecar, FormatDraft: sinktest.Draft,
		FormatStructured: sinktest.CloudEvents, FormatBinary: sinktest.CloudEvents, FormatBatch: sinktest.CloudEvents,
	} {
		t.Run(format, func(t *testing.T) {
			receiver, server := serve(t, dialect)
			s := newSink(t, server.URL+map[string]string{FormatDispatch: "/v1/event/ingest"}[format],
				func(o *Options) { o.Format, o.Token = format, "t0ken" })
			var events []*event.Event
			for i, size := range []int{10, minSeparate, 200_000, minSeparate - 1, minSeparate + 1, 300_000, 1} {
				events = append(events, fromBody(fmt.Sprint("m-", i), `"`+strings.Repeat(fmt.Sprint(i), max(0, size-2))+`"`))
			}
			if !s.Arrays() {
				for _, e := range events {
					if v := s.Send(t.Context(), e); v.Fate != Delivered {
						t.Fatal(v)
					}
				}
			} else if v := s.Send(t.Context(), events...); v.Fate != Delivered {
				t.Fatal(v)
			}
			for i, got := range receiver.Events() {
				if want := events[i]; got.ID != want.ID || !bytes.Equal(got.Data, want.Data) {
					t.Errorf("event %d came as %s with %d bytes", i, got.ID, len(got.Data))
				}
			}
			if n := receiver.Counts().Accepted; n != len(events) {
				t.Errorf("%d accepted", n)
			}
		})
	}
}

func TestWrongReceiver(t *testing.T) {
	_, solo := serve(t, sinktest.Solo)
	_, sidecar := serve(t, sinktest.Sidecar)
	_, draft := serve(t, sinktest.Draft)
	for _, test := range []struct {
		url, format, token string
		want               Fate
		reason             string
	}{
		{solo.URL + "/v1/event/ingest", FormatDispatch, "other", Misconfigured, "401 Unauthorized: "},
		{solo.URL + "/nowhere", FormatDispatch, "t0ken", Misconfigured, "404 Not Found"},
		{solo.URL + "/v1/event/ingest?authToken=t0ken", FormatStructured, "t0ken", Refused, "415 "},
		{sidecar.URL, FormatDraft, "", Refused, "400 Bad Request"},
		{draft.URL, FormatSidecar, "", Refused, "400 Bad Request"},
	} {
		s := newSink(t, test.url, func(o *Options) { o.Format, o.Token = test.format, test.token })
		v := s.Send(t.Context(), samples()[0])
		if v.Fate != test.want || !strings.HasPrefix(v.Reason, test.reason) || strings.Contains(v.Reason, "t0ken") {
			t.Errorf("%s to %s: %v", test.format, test.url, v)
		}
	}
}

func TestFaults(t *testing.T) {
	for kind, want := range map[sinktest.Kind]Fate{
		sinktest.Stall:      Unavailable,
		sinktest.Reset:      Unavailable,
		sinktest.ResetAfter: Unavailable,
		sinktest.Half:       Unavailable,
		sinktest.Slow:       Delivered,
	} {
		for name, start := range map[string]func(http.Handler) *httptest.Server{
			"plain": httptest.NewServer, "TLS": httptest.NewTLSServer,
		} {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				receiver := &sinktest.Receiver{Dialect: sinktest.CloudEvents}
				server := start(receiver)
				t.Cleanup(server.Close)
				t.Cleanup(server.CloseClientConnections)
				receiver.Fault(1, sinktest.Fault{Kind: kind, Delay: 10 * time.Millisecond})
				tls := func(o *Options) {
					if server.Certificate() != nil {
						o.CAFile = write(t, "roots.pem", "CERTIFICATE", server.Certificate().Raw)
					}
				}
				s := newSink(t, server.URL, func(o *Options) {
					if tls(o); kind == sinktest.Stall {
						o.Timeout = time.Second // a handshake on a busy machine takes a part of it
					}
				})
				if v := s.Send(t.Context(), samples()[0]); v.Fate != want || kind == sinktest.Stall && !v.Overloaded() {
					t.Error(v)
				}
				if kind == sinktest.Stall {
					s = newSink(t, server.URL, tls) // which is given more time
				}
				if v := s.Send(t.Context(), samples()[0]); v.Fate != Delivered {
					t.Error(v)
				}
			})
		}
	}
}

func TestNobodyThere(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	s := newSink(t, server.URL+"/?authToken=hush", nil)
	v := s.Send(t.Context(), samples()[0])
	if v.Fate != Unavailable || strings.Contains(v.Reason, "hush") || s.Reach(t.Context()) == nil || v.Err == nil {
		t.Errorf("got %v", v)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v := s.Send(ctx, samples()[0]); !errors.Is(v.Err, context.Canceled) {
		t.Errorf("got %v", v)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var opened, requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(bytes.Repeat([]byte("echo"), 50_000))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := newSink(t, server.URL, nil)
	for range 50 {
		_ = s.Send(t.Context(), samples()[0])
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 50 requests one after another", n)
	}
}

func TestSwitchingProtocolsEndsInTime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "upgrade")
		w.Header().Set("Upgrade", "other")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, _, _ := http.NewResponseController(w).Hijack()
		t.Cleanup(func() { _ = conn.Close() })
	}))
	defer server.Close()
	verdict := make(chan Verdict, 1)
	go func() { verdict <- newSink(t, server.URL, nil).Send(t.Context(), samples()[0]) }()
	select {
	case v := <-verdict:
		if v.Fate != Misconfigured || v.Status != http.StatusSwitchingProtocols {
			t.Errorf("got %v", v)
		}
	case <-time.After(5 * time.Second):
		t.Error("waits for the other protocol")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://example.invalid/", http.StatusTemporaryRedirect))
	defer server.Close()
	if v := newSink(t, server.URL, nil).Send(t.Context(), samples()[0]); v.Fate != Misconfigured || v.Status != 307 {
		t.Errorf("got %v", v)
	}
}

func TestAnswersAreKeptShortAndClean(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("bad\x00\x1b[31m\n event for " + r.Header.Get("Authorization") + " \xff" +
			strings.Repeat("x", 10_000)))
	}))
	defer server.Close()
	for token, want := range map[string]string{
		"":     "400 Bad Request: bad [31m event for ?xxx",
		"hush": "400 Bad Request: the answer repeats a secret and is not shown",
	} {
		v := newSink(t, server.URL, func(o *Options) { o.Token = token }).Send(t.Context(), samples()[0])
		if !strings.HasPrefix(v.Reason, want) || len(v.Reason) > maxReason {
			t.Errorf("with the token %q: %q", token, v.Reason)
		}
	}
}
