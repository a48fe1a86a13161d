package queuetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	account = "000000000000"
	region  = "us-east-1"
)

// Server is an SQS. It is an http.Handler; Start and Listen also run an HTTP server around it.
type Server struct {
	URL string // http://host:port, without a slash at the end

	second time.Duration
	start  time.Time
	faults atomic.Pointer[Faults]

	client   *http.Client
	http     *http.Server
	listener net.Listener
	memory   *memory // nil over TCP

	running sync.WaitGroup // requests, and http.Serve
	closed  chan struct{}

	mu       sync.Mutex // guards what follows, and all queues: a message moves to its dead-letter queue in one step
	isClosed bool
	queues   map[string]*queue
	stats    Stats
}

// Option changes how a server works.
type Option func(*Server)

// Second sets how long one second of SQS lasts: visibility timeouts, waits, delays, the five minutes of deduplication.
// The default is a second. Timestamps are real in any case.
func Second(d time.Duration) Option { return func(s *Server) { s.second = d } }

// WithFaults sets the server's faults from the start.
func WithFaults(f Faults) Option { return func(s *Server) { s.SetFaults(f) } }

// InMemory lets Listen open no socket: only Client and DialContext reach the server. Everything may then live in one
// testing/synctest bubble.
func InMemory() Option {
	return func(s *Server) { s.memory = &memory{conns: make(chan net.Conn), closed: make(chan struct{})} }
}

// New returns a server without queues.
func New(options ...Option) *Server {
	s := &Server{second: time.Second, start: time.Now(), closed: make(chan struct{}), queues: map[string]*queue{}}
	s.stats.Requests = map[string]int64{}
	s.client = &http.Client{Transport: &http.Transport{DialContext: s.DialContext, MaxIdleConnsPerHost: 1 << 10}}
	for _, o := range options {
		o(s)
	}
	return s
}

// Start returns a server that listens on a loopback port until the test ends.
func Start(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s := New(options...)
	if err := s.Listen(tb.Context(), "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Listen serves HTTP on the address, in the background, until Close. It sets URL, and so comes before Create.
func (s *Server) Listen(ctx context.Context, address string) (err error) {
	s.listener = s.memory
	if s.memory == nil {
		if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err != nil {
			return fmt.Errorf("listen for the queue server: %w", err)
		}
	}
	s.URL = "http://" + s.listener.Addr().String()
	s.http = &http.Server{Handler: s} //nolint:gosec // no timeouts: clients are our own tests
	s.running.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			panic("queuetest: " + err.Error()) // nobody else can have closed the listener
		}
	})
	return nil
}

// Close ends the server: long polls are cut, nothing is left running.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.isClosed {
		s.isClosed = true
		if s.http != nil {
			_ = s.http.Close() // an error would be the listener's, which is not needed any more
		}
		close(s.closed)
	}
	for _, q := range s.queues {
		q.stopTimer()
	}
	s.mu.Unlock()
	s.client.CloseIdleConnections()
	s.running.Wait()
}

// enter counts a request that begins, and reports whether the server still takes requests.
func (s *Server) enter(operation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return false
	}
	s.running.Add(1)
	if operations[operation] != nil {
		s.stats.Requests[operation]++
	}
	return true
}

// SetFaults changes the server's faults from the next request on; nil ends them.
func (s *Server) SetFaults(f Faults) {
	if f == nil {
		s.faults.Store(nil)
		return
	}
	s.faults.Store(&f)
}

// Client returns an HTTP client that reaches the server, in memory or not. It keeps up to a thousand connections, until
// Close.
func (s *Server) Client() *http.Client { return s.client }

// DialContext is for an http.Transport of one's own that is to reach the server, in memory or not.
func (s *Server) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if s.memory != nil {
		return s.memory.dial(ctx)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// now is the time on the clock that all deadlines are on. It never runs backwards, and is a bubble's inside a bubble.
func (s *Server) now() time.Duration { return time.Since(s.start) }

func (s *Server) seconds(n int) time.Duration { return time.Duration(n) * s.second }

// Stats are counts since the server began.
type Stats struct {
	Requests map[string]int64 // by operation, also those that were refused or met a fault
	Faults   int64            // requests that met one
	Received int64            // messages, like the next three
	Deleted  int64
	Extended int64 // changes of visibility
	Redriven int64 // moved to a dead-letter queue
	Receives int64 // receives in progress now
}

// Total is the number of requests of all operations: what AWS bills.
func (s Stats) Total() (n int64) {
	for _, r := range s.Requests {
		n += r
	}
	return n
}

// Stats returns what was counted so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Requests = maps.Clone(out.Requests)
	return out
}
