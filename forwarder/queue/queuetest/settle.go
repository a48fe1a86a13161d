package queuetest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (q *Queue) deleteEntry(e *entry) (*result, *Error) {
	m, isStale, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return &result{}, nil // deleting again succeeds
	case q.FIFO && (isStale || m.isVisible):
		return nil, invalidValue("ReceiptHandle", e.ReceiptHandle, "The receipt handle has expired.")
	case isStale && !q.StaleHandleWorks:
		return &result{}, nil
	}
	q.remove(m)
	q.s.stats.Deleted++
	return &result{}, nil
}

func checkVisibility(seconds int) *Error {
	if seconds < 0 || seconds > maxVisibility {
		return invalidValue("VisibilityTimeout", seconds, "Must be >= 0 and <= 43200, if provided.")
	}
	return nil
}

func (q *Queue) changeEntry(e *entry) (*result, *Error) {
	m, isStale, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return nil, err
	case e.VisibilityTimeout == nil:
		return nil, missing("VisibilityTimeout")
	case m == nil || isStale && !q.FIFO && !q.StaleHandleWorks:
		return nil, invalidValue("ReceiptHandle", e.ReceiptHandle,
			"Message does not exist or is not available for visibility timeout change.")
	case q.FIFO && (isStale || m.isVisible):
		return nil, invalidValue("ReceiptHandle", e.ReceiptHandle, "The receipt handle has expired.")
	}
	if err := checkVisibility(*e.VisibilityTimeout); err != nil {
		return nil, err
	}
	timeout := q.s.seconds(*e.VisibilityTimeout)
	if time.Since(m.received)+timeout > q.s.seconds(maxVisibility) {
		return nil, invalidValue("VisibilityTimeout", *e.VisibilityTimeout,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	q.hide(m, timeout)
	q.s.stats.Extended++
	return &result{}, nil
}

const (
	handleSize   = 412 // as long as AWS's: a third of what a client sends when it deletes
	handlePrefix = "AQEB"
	handleDigits = 16 + 8
)

// handleEnd returns the end of a handle, which identifies the queue and makes the handle as long as a real one.
func handleEnd(queue string) string {
	sum := sha256.Sum256([]byte(queue))
	text := strings.Repeat(base64.RawStdEncoding.EncodeToString(sum[:]), handleSize/40)
	return text[:handleSize-len(handlePrefix)-handleDigits]
}

// handle returns the receipt handle of the last receive of m. It contains everything that is needed to find the
// message, so there is no table of handles.
func (q *Queue) handle(m *message) string {
	return fmt.Sprintf("%s%016x%08x%s", handlePrefix, m.sequence, m.receives, q.handleEnd)
}

// find returns the message of a handle, or nil if the queue no longer has it, and whether it has been received again
// since.
func (q *Queue) find(handle string) (m *message, isStale bool, err *Error) {
	if handle == "" {
		return nil, false, missing("ReceiptHandle")
	}
	text, isOurs := strings.CutSuffix(strings.TrimPrefix(handle, handlePrefix), q.handleEnd)
	if !isOurs || len(text) != handleDigits {
		return nil, false, errHandle(handle)
	}
	sequence, bad := strconv.ParseUint(text[:16], 16, 64)
	receive, alsoBad := strconv.ParseUint(text[16:], 16, 32)
	if bad != nil || alsoBad != nil {
		return nil, false, errHandle(handle)
	}
	m = q.messages[sequence]
	return m, m != nil && m.receives != int(receive), nil
}
