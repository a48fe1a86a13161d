package httpclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// receiver is a server whose connections can die without a word.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	accepted []*mortal
}

type mortal struct {
	net.Conn
	dead atomic.Bool
}

func (m *mortal) Read(p []byte) (int, error) {
	for {
		n, err := m.Conn.Read(p)
		if err != nil || !m.dead.Load() {
			return n, err
		}
	}
}

func (m *mortal) Write(p []byte) (int, error) {
	if m.dead.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

type listener struct {
	net.Listener
	receiver *receiver
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.receiver.mu.Lock()
	defer l.receiver.mu.Unlock()
	m := &mortal{Conn: c}
	l.receiver.accepted = append(l.receiver.accepted, m)
	return m, nil
}

// kill has all connections that there are swallow what is sent, and say nothing.
func (r *receiver) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.accepted {
		m.dead.Store(true)
	}
}

// dials is how many connections were made.
func (r *receiver) dials() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.accepted)
}

func serve(t *testing.T, kind string, handler http.HandlerFunc) *receiver {
	t.Helper()
	r := prepare(kind, handler)
	r.start(t, kind)
	return r
}

func prepare(kind string, handler http.HandlerFunc) *receiver {
	r := &receiver{Server: httptest.NewUnstartedServer(handler)}
	r.Listener = listener{r.Listener, r}
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.EnableHTTP2 = kind == http2
	return r
}

func (r *receiver) start(t *testing.T, kind string) {
	t.Helper()
	if kind == plain {
		r.Start()
	} else {
		r.StartTLS()
	}
	t.Cleanup(r.Close)
	t.Cleanup(r.CloseClientConnections)
}

// open makes a client for a receiver.
func (r *receiver) open(t *testing.T, change func(*Options)) *Client {
	t.Helper()
	target, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if r.Certificate() != nil {
		config.RootCAs.AddCert(r.Certificate())
	}
	o := Options{URL: target, TLS: func() *tls.Config { return config }, Timeout: 20 * time.Second}
	if change != nil {
		change(&o)
	}
	c := New(o)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// ask posts a body and returns the status and the answer.
func ask(ctx context.Context, c http.RoundTripper, target, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, "", err
	}
	response, err := c.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), errors.Join(err, response.Body.Close())
}

func mustAsk(t *testing.T, c http.RoundTripper, target string) {
	t.Helper()
	if status, _, err := ask(t.Context(), c, target, "event"); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
}

// together has n requests under way at once, so that there are as many connections as they take.
func together(t *testing.T, c http.RoundTripper, r *receiver, n int, met *meeting) {
	t.Helper()
	met.expect(n)
	var asked sync.WaitGroup
	for range n {
		asked.Go(func() {
			if status, _, err := ask(t.Context(), c, r.URL+"/meet", "event"); err != nil || status != http.StatusOK {
				t.Errorf("status %d, %v", status, err)
			}
		})
	}
	asked.Wait()
}

// meeting holds up the requests to /meet until all that are expected have come.
type meeting struct {
	mu      sync.Mutex
	missing int
	all     chan struct{}
}

func (m *meeting) expect(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.missing, m.all = n, make(chan struct{})
}

func (m *meeting) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.URL.Path != "/meet" {
		return
	}
	m.mu.Lock()
	all := m.all
	if m.missing--; m.missing == 0 {
		close(all)
	}
	m.mu.Unlock()
	select {
	case <-all:
	case <-r.Context().Done():
	}
}
