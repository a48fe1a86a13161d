package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestEveryStatus goes over every status there is; the table is the README's.
func TestEveryStatus(t *testing.T) {
	want := func(status int) Fate {
		switch {
		case status >= 200 && status <= 299:
			return Delivered
		case status == 408, status == 409, status == 423, status == 424, status == 425, status == 429, status >= 500:
			return Unavailable
		case status < 400, status == 401, status == 402, status == 403, status == 404, status == 405, status == 407,
			status == 410, status == 421, status == 426:
			return Misconfigured
		}
		return Refused
	}
	for status := 100; status <= 599; status++ {
		if got := FateOf(status); got != want(status) {
			t.Errorf("%d %s: %v, not %v", status, http.StatusText(status), got, want(status))
		}
	}
}

// TestEveryTransportError goes over what can fail before there is a status.
func TestEveryTransportError(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	unverified := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	for name, test := range map[string]struct {
		err        error
		want       Fate
		overloaded bool
	}{
		"no such host": {
			dial(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}), Unavailable, false,
		},
		"names not answered": {
			dial(&net.DNSError{Err: "i/o timeout", Name: "x", IsTimeout: true}), Unavailable, false,
		},
		"nobody listens":           {dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), Unavailable, false},
		"no way there":             {dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), Unavailable, false},
		"no network":               {dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), Unavailable, false},
		"no descriptor":            {dial(os.NewSyscallError("socket", syscall.EMFILE)), Unavailable, true},
		"no connection in time":    {dial(context.DeadlineExceeded), Unavailable, true},
		"reset":                    {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, Unavailable, false},
		"closed while it was sent": {&net.OpError{Op: "write", Err: syscall.EPIPE}, Unavailable, false},
		"closed":                   {io.EOF, Unavailable, false},
		"closed within the answer": {io.ErrUnexpectedEOF, Unavailable, false},
		"closed before the answer": {fmt.Errorf("connection was closed before an answer: %w", io.EOF), Unavailable, false},
		"no answer in time":        {context.DeadlineExceeded, Unavailable, true},
		"stopped":                  {context.Canceled, Unavailable, false},
		"handshake not in time":    {errors.New("net/http: TLS handshake timeout"), Unavailable, false},
		"certificate, in general": {
			unverified(x509.CertificateInvalidError{Reason: x509.Expired}), Misconfigured, false,
		},
		"certificate of somebody": {unverified(x509.UnknownAuthorityError{}), Misconfigured, false},
		"certificate of another": {
			unverified(x509.HostnameError{Host: "x", Certificate: &x509.Certificate{}}), Misconfigured, false,
		},
		"our certificate": {&net.OpError{Op: "remote error", Err: tls.AlertError(42)}, Misconfigured, false},
		"no TLS there": {
			tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, Misconfigured, false,
		},
		"connection of HTTP/2 ends": {errors.New("http2: server sent GOAWAY and closed the connection"), Unavailable, false},
	} {
		got := verdictWithoutAnswer(test.err)
		if got.Fate != test.want || got.Overloaded() != test.overloaded || got.Reason == "" ||
			got.Status != 0 {
			t.Errorf("%s: %v, overloaded %t", name, got, got.Overloaded())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-7": 0, "1.5": 0, "soon": 0, "+7": 0,
		"99999": maxRetryAfter, "99999999999999999999999": maxRetryAfter,
		"Sun, 22 Nov 2026 06:00:30 GMT":  30 * time.Second,
		"Sunday, 22-Nov-26 06:00:30 GMT": 30 * time.Second,
		"Sun Nov 22 06:00:30 2026":       30 * time.Second,
		"Sun, 22 Nov 2026 05:00:00 GMT":  0,
		"Sun, 22 Nov 2099 05:00:00 GMT":  maxRetryAfter,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %s, not %s", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"7", "Sun, 22 Nov 2026 06:00:30 GMT", "99999999999999999999999", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := retryAfter(header, time.Now()); got < 0 || got > maxRetryAfter {
			t.Fatalf("%q: %s", header, got)
		}
	})
}

// TestKey has one outage be one cause, whatever event it was seen with.
func TestKey(t *testing.T) {
	receiver := &sinktest.Receiver{Dialect: sinktest.Sidecar}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	s := newSink(t, server.URL, func(o *Options) { o.Format = FormatSidecar })
	receiver.Fault(2, sinktest.Fault{Kind: sinktest.BrokerDown})
	keys := map[string]bool{}
	for _, id := range []string{
		"17793124-05d4-b198-2fde-7ededc63b103", "b7ad6b71-6920-3331-8f3f-0af7651916cd",
	} {
		v := s.Send(t.Context(), fromBody("m", `{"id":"`+id+`","source":"aws.ec2","detail-type":"T","detail":{}}`))
		if v.Status != 500 || !strings.Contains(v.Reason, id) {
			t.Errorf("got %v", v)
		}
		keys[v.Key()] = true
	}
	if len(keys) != 1 {
		t.Errorf("one outage has the keys %v", keys)
	}
	for _, pair := range [][2]string{
		{"dial tcp 10.0.0.7:40123: connect: connection refused", "dial tcp 10.0.0.9:8080: connect: connection refused"},
		{"read tcp 127.0.0.1:1->127.0.0.1:80: reset", "read tcp 127.0.0.1:2->127.0.0.1:80: reset"},
		{"503 Busy: queue has 17 entries", "503 Busy: queue has 4 entries"},
		{"request 7f_3a is late", "request id-99 is late"},
	} {
		if a, b := (Verdict{Reason: pair[0]}).Key(), (Verdict{Reason: pair[1]}).Key(); a != b {
			t.Errorf("%q and %q are two keys", a, b)
		}
	}
	if (Verdict{Status: 500, Reason: "500 No"}).Key() == (Verdict{Status: 503, Reason: "503 No"}).Key() {
		t.Error("two statuses have one key")
	}
}

func TestAffectsEveryEvent(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for name, test := range map[string]struct {
		v    Verdict
		want bool
	}{
		"refused":           {Verdict{Fate: Refused, Status: 400}, false},
		"broken":            {Verdict{Fate: Unavailable, Status: 500}, false},
		"busy":              {Verdict{Fate: Unavailable, Status: 429}, true},
		"away":              {Verdict{Fate: Unavailable, Status: 503}, true},
		"told to wait":      {Verdict{Fate: Unavailable, Status: 500, RetryAfter: time.Second}, true},
		"wrong address":     {Verdict{Fate: Misconfigured, Status: 404}, true},
		"nobody listens":    {verdictWithoutAnswer(dial), true},
		"no descriptor":     {verdictWithoutAnswer(&net.OpError{Op: "dial", Err: syscall.EMFILE}), false},
		"no answer in time": {verdictWithoutAnswer(context.DeadlineExceeded), false},
		"cut off":           {verdictWithoutAnswer(io.EOF), false},
	} {
		if got := test.v.AffectsEveryEvent(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestFormatAskedFor sends each format to each receiver: what is refused names the format that this receiver takes.
func TestFormatAskedFor(t *testing.T) {
	takes := map[sinktest.Dialect]string{
		sinktest.Solo:        FormatDispatch,
		sinktest.Sidecar:     FormatSidecar,
		sinktest.Draft:       FormatDraft,
		sinktest.CloudEvents: FormatStructured,
	}
	for dialect, want := range takes {
		_, server := serve(t, dialect)
		target := server.URL
		if dialect == sinktest.Solo {
			target += "/v1/event/ingest?authToken=t0ken"
		}
		for _, format := range Formats() {
			v := newSink(t, target, func(o *Options) { o.Format, o.Token = format, "t0ken" }).Send(t.Context(), samples()[1])
			if v.Fate == Refused && v.Format != want || v.Fate != Refused && v.Format != "" {
				t.Errorf("%s to %s: asked for %q by %s", format, dialect, v.Format, v.Reason)
			}
		}
	}
	if got := formatAskedFor(http.StatusBadRequest, "no such field", FormatDispatch); got != "" {
		t.Errorf("a refusal of the event's own asks for %q", got)
	}
}
