package sink

import (
	"net/http"
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
