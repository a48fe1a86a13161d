package queuetest

import (
	"net"
	"net/http"
	"sync/atomic"
)

// Stats are counts since the server began.
type Stats struct {
	Requests      map[string]int64 // by operation, also those that were refused or met a fault
	Faults        int64            // requests that met one
	Sent          int64            // messages, like the next four
	Received      int64
	Deleted       int64
	Extended      int64 // changes of visibility
	Redriven      int64 // moved to a dead-letter queue
	EmptyReceives int64
	Receives      int64 // receives in progress now
	MaxReceives   int64 // the most there were at once
	Connections   int64 // accepted
	Open          int64 // connections open now
}

// Total is the number of requests of all operations: what AWS bills.
func (s Stats) Total() (n int64) {
	for _, r := range s.Requests {
		n += r
	}
	return n
}

type stats struct {
	requests map[string]*atomic.Int64 // its keys never change

	faults, empty, receives, mostReceives, connections, open atomic.Int64

	sent, received, deleted, changed, redriven int64 // guarded by the server's lock
}

func newRequests() map[string]*atomic.Int64 {
	counts := make(map[string]*atomic.Int64, len(operations))
	for name := range operations {
		counts[name] = new(atomic.Int64)
	}
	return counts
}

// enterReceive counts a receive in progress.
func (s *stats) enterReceive() {
	n := s.receives.Add(1)
	for most := s.mostReceives.Load(); n > most && !s.mostReceives.CompareAndSwap(most, n); {
		most = s.mostReceives.Load()
	}
}

// Stats returns what was counted so far.
func (s *Server) Stats() Stats {
	out := Stats{
		Requests: map[string]int64{}, Faults: s.stats.faults.Load(), EmptyReceives: s.stats.empty.Load(),
		Receives: s.stats.receives.Load(), MaxReceives: s.stats.mostReceives.Load(),
		Connections: s.stats.connections.Load(), Open: s.stats.open.Load(),
	}
	for name, n := range s.stats.requests {
		if n := n.Load(); n > 0 {
			out.Requests[name] = n
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Sent, out.Received, out.Deleted = s.stats.sent, s.stats.received, s.stats.deleted
	out.Extended, out.Redriven = s.stats.changed, s.stats.redriven
	return out
}

// connState counts connections. A hijacked one is one that a fault is about to close.
func (s *Server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.stats.connections.Add(1)
		s.stats.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.stats.open.Add(-1)
	}
}
