package queuetest

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Server is an in-memory SQS. It is an http.Handler; Start also runs an HTTP server around it.
type Server struct {
	URL string // http://host:port, without a slash at the end; if you serve what New returned, set URL before Create

	// Second is how long one second lasts in visibility timeouts, in waits and in the five minutes of deduplication.
	// Set it before Create. New and Start set it to one second. Timestamps are real in any case.
	Second time.Duration

	mu      sync.Mutex // guards the fields below and all queues: a message moves to its dead-letter queue in one step
	changed *sync.Cond // after any change of a queue; has mu
	queues  map[string]*Queue
	faults  Faults
	stats   Stats
}

// Stats are counts since the server was created.
type Stats struct {
	Requests map[string]int64 // by operation, including those that were refused or hit by a fault
	Received int64            // messages
	Deleted  int64            // messages
	Waiting  int64            // long polls that wait now
}

// Faults decides what goes wrong: a request with this operation ("ReceiveMessage") fails with the returned error if it
// is not nil. For a batch it is called with the entry -1, as for any other request, and then for each entry, from 0.
// What fails has no effect. The server is locked meanwhile.
type Faults func(op string, entry int) *Error

// Error is an answer of SQS that refuses a request.
type Error struct {
	Status  int    // HTTP status
	Code    string // the end of the body's __type; SQS has another name for some of them in its query protocol
	Message string
}

// Errors that Faults can return. AWS uses all of them when it is overloaded or has a fault.
var (
	RequestThrottled    = &Error{403, "RequestThrottled", "Request is throttled."}
	ThrottlingException = &Error{400, "ThrottlingException", "Rate exceeded"}
	ServiceUnavailable  = &Error{503, "ServiceUnavailable", "Service is currently unavailable, please retry."}
	InternalError       = &Error{500, "InternalError", "We encountered an internal error. Please try again."}
)

func invalid(format string, args ...any) *Error {
	return &Error{400, "InvalidParameterValue", fmt.Sprintf(format, args...)}
}

// New returns a server without queues that does not listen: use Client to reach it, or serve it as an http.Handler and
// set URL.
func New() *Server {
	s := &Server{
		URL: "http://queuetest.invalid", Second: time.Second,
		queues: map[string]*Queue{}, stats: Stats{Requests: map[string]int64{}},
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Start returns a server that listens on a loopback port until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := New()
	server := httptest.NewServer(s)
	s.URL = server.URL
	tb.Cleanup(func() {
		server.CloseClientConnections() // cuts off long polls
		server.Close()
	})
	return s
}

// Client returns an HTTP client that reaches the server without a network. It handles each request in the goroutine
// that makes it, so server, client and the program under test can all run in one testing/synctest bubble.
func (s *Server) Client() *http.Client { return &http.Client{Transport: inMemory{s}} }

type inMemory struct{ *Server }

// RoundTrip implements http.RoundTripper.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // it has been read
	}
	answer := httptest.NewRecorder()
	m.ServeHTTP(answer, r)
	if err := r.Context().Err(); err != nil {
		return nil, err // the caller no longer waits for the answer, even if the request was carried out
	}
	return answer.Result(), nil
}

// SetFaults replaces the server's faults from the next request on; nil removes them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (s *Server) fault(op string, entry int) *Error {
	if s.faults == nil {
		return nil
	}
	return s.faults(op, entry)
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
