package sinktest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

func serve(t *testing.T, r *sinktest.Receiver) (*sinktest.Receiver, *httptest.Server) {
	t.Helper()
	r.Dialect = sinktest.Sidecar
	s := httptest.NewServer(r)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return r, s
}

func post(ctx context.Context, s *httptest.Server, body string) (status int, answer string, retryAfter string,
	err error,
) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header.Get("Retry-After"), err
}

func TestFaultsAnswerAsTold(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	r.Fault(2, sinktest.Fault{Kind: sinktest.Status, RetryAfter: "2"})
	r.Fault(1, sinktest.Fault{Kind: sinktest.Status, Status: 413, Body: "too much"})
	for i, want := range []struct {
		status             int
		answer, retryAfter string
	}{{503, "Service Unavailable\n", "2"}, {503, "Service Unavailable\n", "2"}, {413, "too much\n", ""}, {201, "", ""}} {
		status, answer, after, err := post(t.Context(), s, soloEvent)
		if err != nil || status != want.status || answer != want.answer || after != want.retryAfter {
			t.Errorf("request %d: %d %q %q %v, want %+v", i, status, answer, after, err, want)
		}
	}
	if c := r.Counts(); c != (sinktest.Counts{Accepted: 1, Distinct: 1, Rejected: 3}) {
		t.Errorf("counts %+v", c)
	}
}

func TestFaultUntilHealed(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	r.Fault(-1, sinktest.Fault{Kind: sinktest.Status})
	for range 5 {
		if status, _, _, err := post(t.Context(), s, soloEvent); status != 503 || err != nil {
			t.Fatal(status, err)
		}
	}
	if p := r.Pending(); len(p) != 1 || p[0].Left != -1 {
		t.Errorf("pending %+v", p)
	}
	r.Heal()
	if status, _, _, err := post(t.Context(), s, soloEvent); status != 201 || err != nil {
		t.Fatal(status, err)
	}
}

func TestCutConnections(t *testing.T) {
	for _, c := range []struct {
		kind     sinktest.Kind
		accepted string
		failed   func(error) bool
	}{
		{sinktest.Reset, "", wasReset},
		{sinktest.ResetAfter, "e1", wasReset},
		{sinktest.Half, "e1", func(err error) bool { return strings.Contains(err.Error(), "connection broken") }},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			r, s := serve(t, &sinktest.Receiver{})
			r.Fault(1, sinktest.Fault{Kind: c.kind})
			status, _, _, err := post(t.Context(), s, soloEvent)
			if err == nil || !c.failed(err) {
				t.Errorf("answered %d, %v", status, err)
			}
			if got := ids(r); got != c.accepted {
				t.Errorf("accepted %q, want %q", got, c.accepted)
			}
		})
	}
}

func wasReset(err error) bool {
	var op *net.OpError
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		errors.As(err, &op)
}

func TestStallEndsWithTheClient(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	r.Fault(1, sinktest.Fault{Kind: sinktest.Stall})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, _, err := post(ctx, s, soloEvent); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if got := ids(r); got != "" {
		t.Errorf("accepted %q", got)
	}
}

func TestStallEndsWithClose(t *testing.T) {
	stalled := make(chan struct{}, 1)
	r, s := serve(t, &sinktest.Receiver{OnRecord: func(sinktest.Record) { stalled <- struct{}{} }})
	r.Fault(1, sinktest.Fault{Kind: sinktest.Stall})
	go func() { <-stalled; s.CloseClientConnections() }()
	if status, _, _, err := post(t.Context(), s, soloEvent); err == nil {
		t.Errorf("answered %d", status)
	}
}

func TestSlowAndLateAnswersArrive(t *testing.T) {
	for _, kind := range []sinktest.Kind{sinktest.Slow, ""} {
		t.Run("kind "+string(kind), func(t *testing.T) {
			r, s := serve(t, &sinktest.Receiver{})
			r.Fault(1, sinktest.Fault{Kind: kind, Delay: 100 * time.Millisecond})
			begin := time.Now()
			status, _, _, err := post(t.Context(), s, soloEvent)
			if status != 201 || err != nil {
				t.Errorf("answered %d, %v", status, err)
			}
			if took := time.Since(begin); took < 80*time.Millisecond {
				t.Errorf("answered after %v already", took)
			}
		})
	}
}

func TestBrokerDownPublishesWhatCameBefore(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	r.Fault(1, sinktest.Fault{Kind: sinktest.BrokerDown, After: 1})
	status, answer, _, err := post(t.Context(), s, "["+soloEvent+","+second(soloEvent)+"]")
	if err != nil || status != 500 || answer != "Error publishing event with ID e2: broker is not available\n" {
		t.Errorf("answered %d %q %v", status, answer, err)
	}
	if got := ids(r); got != "e1" {
		t.Errorf("accepted %q", got)
	}
}
