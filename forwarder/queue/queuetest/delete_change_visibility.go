package queuetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (q *Queue) deleteEntry(e *entry) *Error {
	m, works, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return err
	case works:
		q.remove(m)
		q.s.stats.Deleted++
	case m != nil && q.FIFO:
		return invalid("The receipt handle %s has expired.", e.ReceiptHandle)
	}
	return nil // deleting again succeeds
}

func isVisibility(seconds int) bool { return seconds >= 0 && seconds <= maxVisibility }

func (q *Queue) changeEntry(e *entry) *Error {
	m, works, err := q.find(e.ReceiptHandle)
	switch {
	case err != nil:
		return err
	case e.VisibilityTimeout == nil:
		return invalid("VisibilityTimeout is missing.")
	case !works:
		return invalid("The receipt handle %s is not available for visibility timeout change.", e.ReceiptHandle)
	}
	until := time.Now().Add(q.s.seconds(*e.VisibilityTimeout))
	if !isVisibility(*e.VisibilityTimeout) || until.Sub(m.received) > q.s.seconds(maxVisibility) {
		return invalid("Total VisibilityTimeout for the message is beyond the limit [%d seconds]", maxVisibility)
	}
	q.hide(m, until)
	return nil
}

// padding makes a handle as long as AWS's, because handles are a third of what a client sends when it deletes.
var padding = strings.Repeat("AQEB", 96)

// handle returns the receipt handle of the last receive of m. It contains everything that is needed to find the
// message, so there is no table of handles.
func (q *Queue) handle(m *message) string {
	return fmt.Sprintf("%d+%d+%s+%s", m.sequence, m.receivesHere, q.Name, padding)
}

// find returns the message of a handle, or nil if the queue no longer has it, and whether the handle still works.
func (q *Queue) find(handle string) (m *message, works bool, err *Error) {
	parts := strings.Split(handle, "+")
	sequence, bad := strconv.Atoi(parts[0])
	if bad != nil || len(parts) != 4 || parts[2] != q.Name || sequence < 0 || sequence >= len(q.messages) {
		return nil, false, &Error{
			404, "ReceiptHandleIsInvalid", fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", handle),
		}
	}
	m = q.messages[sequence]
	works = m != nil && parts[1] == strconv.Itoa(m.receivesHere)
	if q.FIFO {
		return m, works && q.inFlight[m], nil
	}
	return m, works || m != nil && q.StaleHandleWorks, nil
}
