package queuetest

import (
	"context"
	"time"
)

// Fault is what goes wrong with one request. The zero Fault is none. Durations are real time, not seconds of SQS.
type Fault struct {
	Before time.Duration // delay before the request is handled
	Reset  bool          // the connection is reset instead: nothing has happened
	Error  *Error        // the request is refused instead: nothing has happened

	// Entries says which entries of a batch fail, bit 0 for the first, with the answer's status still 200. They are
	// not acted upon. EntryError says how, InternalError if nil.
	Entries    uint16
	EntryError *Error

	After    time.Duration // delay after the request is handled: the change is made, the answer is late
	Lose     bool          // the connection is reset after the request is handled: the change is made, the answer is lost
	Truncate bool          // half of the answer is sent, and then the connection is reset
}

// Faults decides about each request, by its operation ("ReceiveMessage"). It is called by many goroutines at once.
type Faults func(op string) Fault

// entry is what is wrong with an entry of a batch.
func (f *Fault) entry(i int) *Error {
	switch {
	case f.Entries&(1<<i) == 0:
		return nil
	case f.EntryError != nil:
		return f.EntryError
	}
	return InternalError
}

// sleep returns false if nobody waits for the answer any more.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
