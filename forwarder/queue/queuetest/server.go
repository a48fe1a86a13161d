package queuetest

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Server is an in-memory SQS. It is an http.Handler; Start also runs an HTTP server around it.
type Server struct {
	URL string // http://host:port, without a slash at the end; to serve a Server from New yourself, set it before Create

	// Second is how long one second lasts in visibility timeouts, in waits and in the five minutes of deduplication.
	// Set it before Create. New and Start set it to one second. Timestamps are real in any case.
	Second time.Duration

	http   *httptest.Server
	client *http.Client

	mu     sync.Mutex // guards the fields below and all queues: a message moves to its dead-letter queue in one step
	queues map[string]*Queue
	faults Faults
	stats  Stats
}

// Stats are counts since the server was created.
type Stats struct {
	Requests map[string]int64 // by operation, including those that were refused or hit by a fault
	Received int64            // messages, like the next two
	Deleted  int64
	Extended int64 // changes of visibility
	Waiting  int64 // long polls that wait now
}

// New returns a server without queues.
func New() *Server { return newServer(new(net.Dialer).DialContext) }

func newServer(dial func(context.Context, string, string) (net.Conn, error)) *Server {
	return &Server{
		Second: time.Second, queues: map[string]*Queue{}, stats: Stats{Requests: map[string]int64{}},
		client: &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 1 << 10}},
	}
}

// Start returns a server that listens on a loopback port until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := New()
	s.serve(tb, httptest.NewUnstartedServer(s))
	return s
}

// StartInMemory is Start without a socket: only Client reaches the server. Everything can then run in one
// testing/synctest bubble.
func StartInMemory(tb testing.TB) *Server {
	tb.Helper()
	m := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	s := newServer(m.dial)
	s.serve(tb, &httptest.Server{Listener: m, Config: &http.Server{Handler: s}}) //nolint:gosec // nobody else reaches it
	return s
}

func (s *Server) serve(tb testing.TB, server *httptest.Server) {
	tb.Helper()
	server.Start()
	s.http, s.URL = server, server.URL
	tb.Cleanup(s.Close)
}

// Close stops a server from Start or StartInMemory. It cuts off long polls and leaves nothing running.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.client.CloseIdleConnections()
	s.http.Close()
}

// Client returns an HTTP client that reaches the server, in memory or not. It keeps up to a thousand connections, until
// Close.
func (s *Server) Client() *http.Client { return s.client }

// SetFaults replaces the server's faults from the next request on; nil removes them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Requests = maps.Clone(out.Requests)
	return out
}

func (s *Server) seconds(n int) time.Duration { return time.Duration(n) * s.Second }

// memory is a listener whose connections are pipes.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "queuetest.invalid", Net: "memory"} }
