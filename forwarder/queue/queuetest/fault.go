package queuetest

import (
	"math/rand/v2"
	"slices"
	"sync"
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

func (f *Fault) entry(i int) *Error {
	switch {
	case f.Entries&(1<<i) == 0:
		return nil
	case f.EntryError != nil:
		return f.EntryError
	}
	return InternalError
}

// Faults decides about each request, by its operation ("ReceiveMessage"). It is called by many goroutines at once.
type Faults func(op string) Fault

// Chances are the probabilities of faults. A request meets at most one of the first five, whose sum is therefore at
// most 1; delays and failing entries come on top.
type Chances struct {
	Throttle float64 // RequestThrottled, ThrottlingException or ServiceUnavailable
	Fail     float64 // InternalError
	Reset    float64
	Lose     float64
	Truncate float64

	Entry float64 // for each entry of a batch
	Delay float64 // before or after, up to MaxDelay

	MaxDelay time.Duration
}

// Random makes faults of chances. The same seed gives the same faults to the same order of requests.
func (c Chances) Random(seed uint64) Faults {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // to be repeated, not to be secret
	return func(string) (f Fault) {
		mu.Lock()
		defer mu.Unlock()
		c.cut(r, &f)
		for i := range 10 {
			if r.Float64() < c.Entry {
				f.Entries |= 1 << i
			}
		}
		if r.Float64() < c.Delay && c.MaxDelay > 0 {
			d := time.Duration(r.Int64N(int64(c.MaxDelay)))
			if r.IntN(2) == 0 {
				f.Before = d
			} else {
				f.After = d
			}
		}
		return f
	}
}

var throttles = []*Error{RequestThrottled, ThrottlingException, ServiceUnavailable}

func (c Chances) cut(r *rand.Rand, f *Fault) {
	x := r.Float64()
	pick := throttles[r.IntN(len(throttles))]
	for _, choice := range []struct {
		chance float64
		fault  Fault
	}{
		{c.Throttle, Fault{Error: pick}},
		{c.Fail, Fault{Error: InternalError}},
		{c.Reset, Fault{Reset: true}},
		{c.Lose, Fault{Lose: true}},
		{c.Truncate, Fault{Truncate: true}},
	} {
		if x < choice.chance {
			*f = choice.fault
			return
		}
		x -= choice.chance
	}
}

// Only limits faults to some operations.
func (f Faults) Only(ops ...string) Faults {
	return func(op string) Fault {
		if slices.Contains(ops, op) {
			return f(op)
		}
		return Fault{}
	}
}
