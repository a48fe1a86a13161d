package forwarder

import (
	"sync/atomic"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// spans checks, in every test, that each event's span ends once, whatever happens to the event, and each attempt within
// it.
type spans struct{ begun, ended, wrong atomic.Int64 }

type span struct {
	all           *spans
	trying, ended bool
}

func (s *spans) begin(m *queue.Message, e *event.Event) Span {
	s.begun.Add(1)
	if m.ID != e.ID {
		s.wrong.Add(1)
	}
	return &span{all: s}
}

func (s *span) must(right bool) {
	if !right {
		s.all.wrong.Add(1)
	}
}

func (s *span) StartAttempt() {
	s.must(!s.trying && !s.ended)
	s.trying = true
}

func (s *span) EndAttempt(sink.Verdict) {
	s.must(s.trying && !s.ended)
	s.trying = false
}

func (s *span) End() {
	s.must(!s.trying && !s.ended)
	s.ended = true
	s.all.ended.Add(1)
}

func (s *spans) check(t *testing.T) {
	t.Helper()
	if s.begun.Load() != s.ended.Load() || s.wrong.Load() != 0 {
		t.Errorf("%d spans begun, %d ended, %d used wrongly", s.begun.Load(), s.ended.Load(), s.wrong.Load())
	}
}
