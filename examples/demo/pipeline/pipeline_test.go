package pipeline

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// stubborn starts a child that ignores the signals that ask it to end.
func stubborn(t *testing.T, p *Pipeline) *child.Process {
	t.Helper()
	script := `trap '' TERM INT; echo ready; while :; do sleep 1; done`
	c, err := p.Run(child.Options{Name: "stubborn"}, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	if _, err := c.WaitForLine(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSignals(t *testing.T) {
	var out bytes.Buffer
	p := &Pipeline{Console: newConsole(&out, false), interrupts: make(chan struct{}, 1)}
	c := stubborn(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	signals, ended := make(chan os.Signal), make(chan struct{})
	defer close(ended)
	go p.watch(ctx, signals, ended, cancel)

	p.keeping.Store(true)
	signals <- os.Interrupt
	<-p.interrupts
	if ctx.Err() != nil {
		t.Error("the Ctrl-C that ends KEEP ended the run")
	}
	signals <- os.Interrupt
	<-ctx.Done()
	signals <- os.Interrupt
	select {
	case <-c.Ended:
	case <-time.After(10 * time.Second):
		t.Error("the last Ctrl-C killed nobody")
	}
}

func TestNothingStartsAfterClose(t *testing.T) {
	p := &Pipeline{Console: newConsole(&bytes.Buffer{}, false)}
	p.Close()
	if _, err := p.Run(child.Options{}, "/bin/true"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestEnvironmentIsNotThisShells(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_PROFILE", "TF_VAR_name", "PATTERNS", "NAME"} {
		t.Setenv(name, "of this shell")
	}
	env := strings.Join(environment("MORE=1"), "\n")
	if strings.Contains(env, "of this shell") || !strings.Contains(env, "PATH="+os.Getenv("PATH")) ||
		!strings.HasSuffix(env, "MORE=1") {
		t.Errorf("environment:\n%s", env)
	}
}

// TestAWSRequests looks at what no demo would notice: a key is encoded as S3 decodes it, and an error names its reason.
func TestAWSRequests(t *testing.T) {
	path := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.RequestURI
		http.Error(w, "no such bucket", http.StatusNotFound)
	}))
	defer server.Close()
	a := &AWS{URL: server.URL, Region: "us-west-2"}
	err := a.PutObject(t.Context(), "b", "a+b=c&d%20e/ü", nil, nil)
	if path != "/b/a%2Bb=c&d%2520e/%C3%BC" {
		t.Errorf("path %s", path)
	}
	if err == nil || !strings.Contains(err.Error(), "404 Not Found\nno such bucket") {
		t.Errorf("got %v", err)
	}
}
