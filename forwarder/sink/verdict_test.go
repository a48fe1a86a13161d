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
	"os"
	"syscall"
	"testing"
	"time"
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
	for name, test := range map[string]struct {
		err        error
		want       Fate
		overloaded bool
	}{
		"no such host":              {dial(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}), Unavailable, false},
		"names not answered":        {dial(&net.DNSError{Err: "i/o timeout", Name: "x", IsTimeout: true}), Unavailable, false},
		"nobody listens":            {dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), Unavailable, false},
		"no way there":              {dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), Unavailable, false},
		"no network":                {dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), Unavailable, false},
		"no descriptor":             {dial(os.NewSyscallError("socket", syscall.EMFILE)), Unavailable, true},
		"no connection in time":     {dial(context.DeadlineExceeded), Unavailable, true},
		"reset":                     {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, Unavailable, false},
		"closed while it was sent":  {&net.OpError{Op: "write", Err: syscall.EPIPE}, Unavailable, false},
		"closed":                    {io.EOF, Unavailable, false},
		"closed within the answer":  {io.ErrUnexpectedEOF, Unavailable, false},
		"closed before the answer":  {fmt.Errorf("%w: %w", errNoAnswer, io.EOF), Unavailable, false},
		"no answer in time":         {context.DeadlineExceeded, Unavailable, true},
		"stopped":                   {context.Canceled, Unavailable, false},
		"handshake not in time":     {errors.New("net/http: TLS handshake timeout"), Unavailable, false},
		"certificate, in general":   {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, Misconfigured, false},
		"certificate of somebody":   {x509.UnknownAuthorityError{}, Misconfigured, false},
		"certificate of another":    {x509.HostnameError{Host: "x", Certificate: &x509.Certificate{}}, Misconfigured, false},
		"our certificate":           {&net.OpError{Op: "remote error", Err: tls.AlertError(42)}, Misconfigured, false},
		"no TLS there":              {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, Misconfigured, false},
		"connection of HTTP/2 ends": {errors.New("http2: server sent GOAWAY and closed the connection"), Unavailable, false},
	} {
		if got := unanswered(test.err); got.Fate != test.want || got.Overloaded() != test.overloaded || got.Reason == "" || got.Status != 0 {
			t.Errorf("%s: %v, overloaded %t", name, got, got.Overloaded())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-7": 0, "1.5": 0, "soon": 0, "+7": 0,
		"99999": MaxRetryAfter, "99999999999999999999999": MaxRetryAfter,
		"Sun, 22 Nov 2026 06:00:30 GMT":  30 * time.Second,
		"Sunday, 22-Nov-26 06:00:30 GMT": 30 * time.Second,
		"Sun Nov 22 06:00:30 2026":       30 * time.Second,
		"Sun, 22 Nov 2026 05:00:00 GMT":  0,
		"Sun, 22 Nov 2099 05:00:00 GMT":  MaxRetryAfter,
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
		if got := retryAfter(header, time.Now()); got < 0 || got > MaxRetryAfter {
			t.Fatalf("%q: %s", header, got)
		}
	})
}
