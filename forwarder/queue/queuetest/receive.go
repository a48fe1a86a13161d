package queuetest

import (
	"bytes"
	"math"
	"strings"
	"time"
)

type receiveInput struct {
	url        string
	n          int
	visibility int // unset: the queue's
	wait       int // unset: the queue's
	system     system
	names      [][]byte // of message attributes
}

const unset = math.MinInt

func (in *receiveInput) scan(c *call) *Error {
	*in = receiveInput{n: 1, visibility: unset, wait: unset, names: c.names}
	s := scanner{b: c.body}
	s.expect('{')
	for n := 0; s.more(n, '}'); n++ {
		key := s.key()
		if s.null() {
			continue
		}
		switch string(key) {
		case "QueueUrl":
			in.url = string(s.text())
		case "MaxNumberOfMessages":
			in.n = s.number()
		case "VisibilityTimeout":
			in.visibility = s.number()
		case "WaitTimeSeconds":
			in.wait = s.number()
		case "AttributeNames", "MessageSystemAttributeNames":
			s.expect('[')
			for n := 0; s.more(n, ']'); n++ {
				in.system |= systemAttribute(s.text())
			}
		case "MessageAttributeNames":
			s.expect('[')
			for n := 0; s.more(n, ']'); n++ {
				in.names = append(in.names, s.text())
			}
		default:
			s.skip()
		}
	}
	c.names = in.names
	if !s.end() {
		return errSyntax
	}
	return nil
}

func (in *receiveInput) check() *Error {
	switch {
	case in.n < 1 || in.n > 10:
		return invalidValue("MaxNumberOfMessages", in.n, "Must be between 1 and 10, if provided.")
	case in.wait != unset && (in.wait < 0 || in.wait > 20):
		return invalidValue("WaitTimeSeconds", in.wait, "Must be >= 0 and <= 20, if provided.")
	case in.visibility != unset && (in.visibility < 0 || in.visibility > maxVisibility):
		return errVisibility(in.visibility)
	}
	return nil
}

func (s *Server) receiveMessage(c *call) *Error {
	var in receiveInput
	if err := in.scan(c); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	s.stats.enterReceive()
	defer s.stats.receives.Add(-1)
	q, err := s.receive(c, &in)
	if err != nil {
		return err
	}
	if len(c.given) == 0 {
		s.stats.empty.Add(1)
	}
	c.out = appendMessages(c.out, q, c.given, &in)
	return nil
}

// receive fills c.given, at once or within the wait time.
func (s *Server) receive(c *call, in *receiveInput) (*queue, *Error) {
	s.mu.Lock()
	q, err := s.find(in.url)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if in.visibility == unset {
		in.visibility = q.settings.visibility
	}
	if in.wait == unset {
		in.wait = q.settings.wait
	}
	now, hide := s.now(), s.seconds(in.visibility)
	q.expire(now)
	full := q.count[inFlight] >= q.settings.maxInFlight
	if full && in.wait == 0 && !q.settings.fifo {
		s.mu.Unlock()
		return nil, errOverLimit
	}
	c.given = q.take(now, in.n, hide, c.given)
	if len(c.given) > 0 || in.wait == 0 {
		q.settle(now)
		s.mu.Unlock()
		return q, nil
	}
	w := &waiter{ctx: c.ctx, n: in.n, hide: hide}
	place := q.wait(w, now)
	s.mu.Unlock()
	c.given = append(c.given, w.receive(q, place, s.seconds(in.wait))...)
	return q, nil
}

func (s *Server) seconds(n int) time.Duration { return time.Duration(n) * s.second }

func appendMessages(b []byte, q *queue, given []delivery, in *receiveInput) []byte {
	if len(given) == 0 {
		return append(b, "{}"...)
	}
	b = append(b, `{"Messages":[`...)
	for i, d := range given {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '{'), d.m.wire...)
		b = append(b, `,"ReceiptHandle":"`...)
		b = append(appendHandle(b, d.m.seq, d.receipt, q.tail), '"')
		if len(in.names) > 0 && len(d.m.all) > 0 {
			b = append(b, d.m.wanted(in.names)...)
		}
		if in.system != 0 {
			b = appendSystem(b, d, in.system)
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// wanted is the JSON of the message attributes that were asked for.
func (m *message) wanted(names [][]byte) []byte {
	some := map[string]Attribute{}
	for _, name := range names {
		prefix, isPrefix := bytes.CutSuffix(name, []byte(".*"))
		if string(name) == "All" || isPrefix && len(prefix) == 0 {
			return m.all
		}
		for has, a := range m.attrs {
			if has == string(name) || isPrefix && strings.HasPrefix(has, string(prefix)) {
				some[has] = a
			}
		}
	}
	if len(some) == 0 {
		return nil
	}
	return appendAttributes(nil, some)
}
