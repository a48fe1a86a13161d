package queuetest

import "time"

func errVisibility(seconds int) *Error {
	return invalidValue("VisibilityTimeout", seconds, "Must be >= 0 and <= 43200, if provided.")
}

// erase is DeleteMessage.
func (q *queue) erase(e *batchEntry, _ time.Duration) *Error {
	seq, receipt, ok := parseHandle(e.handle, q.tail)
	if !ok {
		return errHandle(string(e.handle))
	}
	m := q.messages[seq]
	if m == nil {
		return nil // deleting again succeeds
	}
	if q.settings.fifo && (m.receipt != receipt || m.state != inFlight) {
		return errExpired(string(e.handle))
	}
	if m.receipt != receipt && !q.settings.staleWorks {
		return nil
	}
	q.remove(m)
	q.s.stats.deleted++
	return nil
}

// change is ChangeMessageVisibility.
func (q *queue) change(e *batchEntry, now time.Duration) *Error {
	if e.seconds < 0 || e.seconds > maxVisibility {
		return errVisibility(e.seconds)
	}
	seq, receipt, ok := parseHandle(e.handle, q.tail)
	if !ok {
		return errHandle(string(e.handle))
	}
	m := q.messages[seq]
	stale := m != nil && m.receipt != receipt
	switch {
	case m == nil || stale && !q.settings.fifo && !q.settings.staleWorks:
		return errNotAvailable(string(e.handle))
	case q.settings.fifo && (stale || m.state != inFlight):
		return errExpired(string(e.handle))
	}
	until := now + q.s.seconds(e.seconds)
	if until-m.received > q.s.seconds(maxVisibility) {
		return invalidValue("VisibilityTimeout", e.seconds,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	q.hide(m, until)
	q.s.stats.changed++
	return nil
}

// batchEntry is one message that is to be deleted or changed.
type batchEntry struct {
	id      []byte
	handle  []byte
	seconds int
	timed   bool // seconds was given
}

// scan reads the members of an entry; a single operation is an entry too, with the queue's URL beside the others.
func (e *batchEntry) scan(s *scanner) (url string) {
	s.expect('{')
	for n := 0; s.more(n, '}'); n++ {
		key := s.key()
		if s.null() {
			continue
		}
		switch string(key) {
		case "Id":
			e.id = s.text()
		case "ReceiptHandle":
			e.handle = s.text()
		case "VisibilityTimeout":
			e.seconds, e.timed = s.number(), true
		case "QueueUrl":
			url = string(s.text())
		default:
			s.skip()
		}
	}
	return url
}

type settling func(*queue, *batchEntry, time.Duration) *Error

func (s *Server) deleteMessage(c *call) *Error { return s.settleOne(c, (*queue).erase, false) }

func (s *Server) changeMessageVisibility(c *call) *Error {
	return s.settleOne(c, (*queue).change, true)
}

func (s *Server) settleOne(c *call, do settling, timed bool) *Error {
	var e batchEntry
	sc := scanner{b: c.body}
	url := e.scan(&sc)
	switch {
	case !sc.end():
		return errSyntax
	case e.handle == nil:
		return missing("ReceiptHandle")
	case timed && !e.timed:
		return missing("VisibilityTimeout")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(url)
	if err != nil {
		return err
	}
	now := s.now()
	q.expire(now)
	err = do(q, &e, now)
	q.settle(now)
	return err
}
