package queuetest

import (
	"context"
	"time"
)

// Fault describes what goes wrong with one request: nothing if it is zero. Durations are real time, not seconds of SQS.
type Fault struct {
	Before time.Duration // delay before the request is handled
	Reset  bool          // the connection is reset instead, without any effect
	Error  *Error        // the request is refused instead, without any effect

	// Entries selects the entries of a batch that fail (bit 0 is the first) and have no effect. The answer's status is
	// still 200. They fail with EntryError, or with InternalError if it is nil.
	Entries    uint16
	EntryError *Error

	After    time.Duration // delay after the request is handled: the change is made, the answer is late
	Lose     bool          // the connection is reset after the request is handled: the change is made, the answer is lost
	Truncate bool          // half of the answer is sent, and then the connection is reset
}

// Faults returns the fault for a request with this operation ("ReceiveMessage"). Many goroutines call it at once.
type Faults func(op string) Fault

// entry returns the error of the i-th entry of a batch, or nil if it does not fail.
func (f *Fault) entry(i int) *Error {
	switch {
	case f.Entries&(1<<i) == 0:
		return nil
	case f.EntryError != nil:
		return f.EntryError
	}
	return InternalError
}

// sleep waits for d, if that is more than nothing. It returns false if the client no longer waits for the answer then.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
