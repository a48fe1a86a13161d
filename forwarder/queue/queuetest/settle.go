package queuetest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// entryOperation does what is asked of one message.
type entryOperation func(*queue, *call, *entry) (*result, *Error)

// result is what an operation on one message answers; an entry of a batch has its id, too.
type result struct {
	ID                           string `json:"Id,omitempty"`
	MessageId                    string `json:",omitempty"` //nolint:revive // the name on the wire
	MD5OfMessageBody             string `json:",omitempty"`
	MD5OfMessageAttributes       string `json:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty"`
	SequenceNumber               string `json:",omitempty"`
}

func single(do entryOperation) operation {
	return func(q *queue, c *call) (any, *Error) {
		out, err := do(q, c, &c.entry)
		if err != nil || *out == (result{}) {
			return nil, err
		}
		return out, nil
	}
}

type failedEntry struct {
	ID          string `json:"Id"`
	SenderFault bool
	Code        string
	Message     string
}

func batch(name string, do entryOperation) operation {
	return func(q *queue, c *call) (any, *Error) {
		if err := checkBatch(name, c.Entries); err != nil {
			return nil, err
		}
		var out struct {
			Successful []*result     `json:",omitempty"`
			Failed     []failedEntry `json:",omitempty"`
		}
		for i := range c.Entries {
			e := &c.Entries[i]
			err := c.fault.entry(i)
			var r *result
			if err == nil {
				r, err = do(q, c, e)
			}
			if err != nil {
				out.Failed = append(out.Failed, failedEntry{e.ID, err.isSenders(), err.Code, err.Message})
				continue
			}
			r.ID = e.ID
			out.Successful = append(out.Successful, r)
		}
		return out, nil
	}
}

var batchID = regexp.MustCompile(`^[\w-]{1,80}$`)

func checkBatch(name string, entries []entry) *Error {
	switch n := len(entries); {
	case n == 0:
		return errBatch("EmptyBatchRequest", "There should be at least one %sRequestEntry in the request.", name)
	case n > 10:
		return errBatch("TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent %d.", n)
	}
	size, ids := 0, map[string]bool{}
	for i := range entries {
		e := &entries[i]
		switch {
		case !batchID.MatchString(e.ID):
			return errBatchID
		case ids[e.ID]:
			return errBatch("BatchEntryIdsNotDistinct", "Id %s repeated.", e.ID)
		}
		ids[e.ID] = true
		size += e.size()
	}
	if size > 1<<20 {
		return errBatch("BatchRequestTooLong",
			"Batch requests cannot be longer than 1048576 bytes. You have sent %d bytes.", size)
	}
	return nil
}

func (q *queue) deleteEntry(_ *call, e *entry) (*result, *Error) {
	m, stale, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return &result{}, nil // deleting again succeeds
	case q.settings.fifo && (stale || m.state != inFlight):
		return nil, errExpired(*e.ReceiptHandle)
	case stale && !q.settings.staleWorks:
		return &result{}, nil
	}
	q.remove(m)
	q.s.stats.Deleted++
	return &result{}, nil
}

func (q *queue) changeEntry(c *call, e *entry) (*result, *Error) {
	m, stale, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return nil, err
	case e.VisibilityTimeout == nil:
		return nil, missing("VisibilityTimeout")
	case *e.VisibilityTimeout < 0 || *e.VisibilityTimeout > maxVisibility:
		return nil, errVisibility(*e.VisibilityTimeout)
	case m == nil || stale && !q.settings.fifo && !q.settings.staleWorks:
		return nil, errNotAvailable(*e.ReceiptHandle)
	case q.settings.fifo && (stale || m.state != inFlight):
		return nil, errExpired(*e.ReceiptHandle)
	}
	until := c.now + q.s.seconds(*e.VisibilityTimeout)
	if until-m.received > q.s.seconds(maxVisibility) {
		return nil, invalidValue("VisibilityTimeout", *e.VisibilityTimeout,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	q.hide(m, until)
	q.s.stats.Extended++
	return &result{}, nil
}

const (
	handleSize   = 412 // as long as AWS's: a third of what a client sends when it deletes
	handlePrefix = "AQEB"
	handleDigits = 16 + 8
)

// handleEnd is the part of a handle that names its queue, and that makes it as long as a real one.
func handleEnd(queue string) string {
	sum := sha256.Sum256([]byte(queue))
	text := strings.Repeat(base64.RawStdEncoding.EncodeToString(sum[:]), handleSize/40)
	return text[:handleSize-len(handlePrefix)-handleDigits]
}

// handle names the last receive of a message. It holds all that it stands for, so that no table of handles is needed.
func (q *queue) handle(m *message) string {
	return fmt.Sprintf("%s%016x%08x%s", handlePrefix, m.sequence, m.receipt, q.handleEnd)
}

// find returns the message of a handle, nil if there is none any more, and whether it has been received again since.
func (q *queue) find(handle *string) (m *message, stale bool, err *Error) {
	if handle == nil {
		return nil, false, missing("ReceiptHandle")
	}
	text, ours := strings.CutSuffix(strings.TrimPrefix(*handle, handlePrefix), q.handleEnd)
	if !ours || len(*handle) != handleSize || len(text) != handleDigits {
		return nil, false, errHandle(*handle)
	}
	sequence, bad := strconv.ParseUint(text[:16], 16, 64)
	receipt, alsoBad := strconv.ParseUint(text[16:], 16, 32)
	if bad != nil || alsoBad != nil {
		return nil, false, errHandle(*handle)
	}
	m = q.messages[sequence]
	return m, m != nil && uint64(m.receipt) != receipt, nil
}
