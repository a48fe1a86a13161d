package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
)

func TestHealth(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/livez" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := net.SplitHostPort(address)
	t.Setenv("FORMAT", "nonsense") // settings of the forwarder that are not its admin address are not looked at
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	for _, ok := range []string{address, ":" + port, "0.0.0.0:" + port} {
		t.Setenv("ADMIN_ADDR", ok)
		if code, stdout, stderr := exec(t, "--health"); code != 0 || stdout+stderr != "" {
			t.Errorf("at %s: exit code %d: %s%s", ok, code, stdout, stderr)
		}
	}
	t.Setenv("ADMIN_ADDR", "127.0.0.1:1")
	if code, _, stderr := exec(t, "--health", "--admin-addr="+address); code != 0 {
		t.Errorf("the argument does not win: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := exec(t, "--health"); code != 1 || !strings.Contains(stderr, "127.0.0.1:1") {
		t.Errorf("nobody there: exit code %d: %s", code, stderr)
	}
	status = http.StatusServiceUnavailable
	if code, _, stderr := exec(t, "--health", "--admin-addr="+address); code != 1 || !strings.Contains(stderr, "503") {
		t.Errorf("not well: exit code %d: %s", code, stderr)
	}
	t.Setenv("ADMIN_ADDR", "")
	if code, _, stderr := exec(t, "--health"); code != 1 || !strings.Contains(stderr, "ADMIN_ADDR is empty") {
		t.Errorf("turned off: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := exec(t, "--health", "--nope"); code != 2 || !strings.Contains(stderr, "--nope") {
		t.Errorf("used wrongly: exit code %d: %s", code, stderr)
	}
	if code, stdout, _ := exec(t, "--health", "-h"); code != 0 || !strings.Contains(stdout, "ADMIN_ADDR") ||
		strings.Contains(stdout, "QUEUE_NAME") {
		t.Errorf("help: exit code %d: %s", code, stdout)
	}
}

func TestVersion(t *testing.T) {
	if code, stdout, stderr := exec(t, "--version"); code != 0 || !strings.HasPrefix(
		stdout, "forwarder "+relay.Version+"\ngo1.",
	) || stderr != "" {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
