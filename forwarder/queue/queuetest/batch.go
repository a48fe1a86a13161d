package queuetest

import "bytes"

func (s *Server) deleteMessageBatch(c *call) *Error {
	return s.settleBatch(c, "DeleteMessageBatch", (*queue).erase, false)
}

func (s *Server) changeMessageVisibilityBatch(c *call) *Error {
	return s.settleBatch(c, "ChangeMessageVisibilityBatch", (*queue).change, true)
}

func (s *Server) settleBatch(c *call, name string, do settling, timed bool) *Error {
	url, err := c.scanBatch()
	if err != nil {
		return err
	}
	if err := c.checkBatch(name, timed); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(url)
	if err != nil {
		return err
	}
	now := s.now()
	q.expire(now)
	for i := range c.entries {
		e := &c.entries[i]
		err := c.fault.entry(i)
		if err == nil {
			err = do(q, e, now)
		}
		c.settled(string(e.id), err)
	}
	c.endBatch()
	q.settle(now)
	return nil
}

func (c *call) scanBatch() (url string, err *Error) {
	s := scanner{b: c.body}
	s.expect('{')
	for n := 0; s.more(n, '}'); n++ {
		key := s.key()
		switch string(key) {
		case "QueueUrl":
			url = string(s.text())
		case "Entries":
			s.expect('[')
			for n := 0; s.more(n, ']'); n++ {
				c.entries = append(c.entries, batchEntry{})
				c.entries[n].scan(&s)
			}
		default:
			s.skip()
		}
	}
	if !s.end() {
		return "", errSyntax
	}
	return url, nil
}

func (c *call) checkBatch(name string, timed bool) *Error {
	if err := checkCount(name, len(c.entries)); err != nil {
		return err
	}
	for i, e := range c.entries {
		switch {
		case !isBatchID(e.id):
			return errBatchID
		case e.handle == nil:
			return missing(name + "RequestEntry." + "ReceiptHandle")
		case timed && !e.timed:
			return missing(name + "RequestEntry." + "VisibilityTimeout")
		}
		for _, other := range c.entries[:i] {
			if bytes.Equal(e.id, other.id) {
				return errBatch("BatchEntryIdsNotDistinct", "Id %s repeated.", e.id)
			}
		}
	}
	return nil
}

func checkCount(name string, n int) *Error {
	switch {
	case n == 0:
		return errBatch("EmptyBatchRequest", "There should be at least one %sRequestEntry in the request.", name)
	case n > 10:
		return errBatch("TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent %d.", n)
	}
	return nil
}

// settled writes the result of one entry: the good ones to the answer, the others to failed, which endBatch appends.
func (c *call) settled(id string, err *Error) {
	if err != nil {
		c.fail(id, err)
		return
	}
	c.succeed()
	c.out = append(append(append(c.out, `{"Id":"`...), id...), `"}`...)
}

func (c *call) succeed() {
	if len(c.out) == 0 {
		c.out = append(c.out, `{"Successful":[`...)
	} else {
		c.out = append(c.out, ',')
	}
}

func (c *call) fail(id string, err *Error) {
	if len(c.failed) > 0 {
		c.failed = append(c.failed, ',')
	}
	b := append(append(append(c.failed, `{"Id":"`...), id...), `","SenderFault":`...)
	if err.senderFault() {
		b = append(b, "true"...)
	} else {
		b = append(b, "false"...)
	}
	b = appendQuoted(append(b, `,"Code":`...), err.Code)
	c.failed = append(appendQuoted(append(b, `,"Message":`...), err.Message), '}')
}

func (c *call) endBatch() {
	switch {
	case len(c.failed) == 0:
		c.out = append(c.out, `]}`...)
		return
	case len(c.out) == 0:
		c.out = append(c.out, '{')
	default:
		c.out = append(c.out, `],`...)
	}
	c.out = append(append(append(c.out, `"Failed":[`...), c.failed...), `]}`...)
}
