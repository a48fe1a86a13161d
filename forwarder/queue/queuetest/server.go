package queuetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	account     = "000000000000"
	region      = "us-east-1"
	maxInFlight = 120_000 // the quota of either type of queue
)

// Server is an SQS. It is an http.Handler; Start and Listen also run an HTTP server around it.
type Server struct {
	URL string // http://host:port, without a slash at the end

	second time.Duration
	start  time.Time
	faults atomic.Pointer[Faults]
	stats  stats
	closed chan struct{}
	close  sync.Once

	running atomic.Int64  // requests being handled
	idle    chan struct{} // told when that falls to 0 after closed

	client   *http.Client
	http     *http.Server
	served   chan struct{} // closed when http has ended
	listener net.Listener
	memory   *memory // nil over TCP

	mu      sync.Mutex
	queues  map[string]*queue
	deleted map[string]time.Duration // when, by name
}

// Option changes how a server works.
type Option func(*Server)

// Second says how long one second of SQS lasts: visibility timeouts, waits, delays, the five minutes of deduplication.
// The default is a second. Timestamps are real in any case.
func Second(d time.Duration) Option { return func(s *Server) { s.second = d } }

// WithFaults sets the server's faults from the start.
func WithFaults(f Faults) Option { return func(s *Server) { s.SetFaults(f) } }

// InMemory lets Listen open no socket: only Client and DialContext reach the server. Everything may then live in one
// testing/synctest bubble.
func InMemory() Option { return func(s *Server) { s.memory = newMemory() } }

// New returns a server without queues.
func New(options ...Option) *Server {
	s := &Server{
		second: time.Second, start: time.Now(), closed: make(chan struct{}),
		idle: make(chan struct{}, 1), queues: map[string]*queue{}, deleted: map[string]time.Duration{},
	}
	s.stats.requests = newRequests()
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
func (s *Server) Listen(ctx context.Context, address string) error {
	if s.memory != nil {
		s.listener = s.memory
	} else {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listen for the queue server: %w", err)
		}
		s.listener = l
	}
	s.URL = "http://" + s.listener.Addr().String()
	// Without a timeout: setting a deadline for every request took 3 % of the server's time.
	s.http = &http.Server{Handler: s, ConnState: s.connState} //nolint:gosec // clients are our own tests
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			panic("queuetest: " + err.Error()) // the listener is ours: nobody else can have closed it
		}
	}()
	return nil
}

// Close ends the server: long polls are cut, nothing is left running.
func (s *Server) Close() {
	s.close.Do(func() { close(s.closed) })
	if s.http != nil {
		_ = s.http.Close() // an error would be the listener's, which is of no use any more
		<-s.served
	}
	s.client.CloseIdleConnections()
	for s.running.Load() > 0 {
		<-s.idle
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.stop()
	}
}

// enter counts a request in, unless the server is closed; it must call leave in any case.
func (s *Server) enter() (open bool) {
	s.running.Add(1)
	select {
	case <-s.closed:
		return false
	default:
		return true
	}
}

func (s *Server) leave() {
	if s.running.Add(-1) > 0 {
		return
	}
	select {
	case <-s.closed:
		select {
		case s.idle <- struct{}{}:
		default:
		}
	default:
	}
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

func (s *Server) arn(queue string) string {
	return "arn:aws:sqs:" + region + ":" + account + ":" + queue
}
