package sinktest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Kind is a way to fail.
type Kind string

// The ways to fail. The event is accepted, so that a retry makes a duplicate, where it says so.
const (
	// None answers as ever, after Delay.
	None Kind = ""
	// Answer answers Status, Body and RetryAfter; the event is not accepted.
	Answer Kind = "status"
	// Stall reads the request and never answers; the event is not accepted.
	Stall Kind = "stall"
	// Reset cuts the connection before the request's body is read; the event is not accepted.
	Reset Kind = "reset"
	// ResetAfter cuts the connection after the body is read; the event is accepted, its answer lost.
	ResetAfter Kind = "reset-after"
	// Half sends half an answer and cuts the connection; the event is accepted.
	Half Kind = "half"
	// Slow spreads the answer over Delay, byte by byte; the event is accepted.
	Slow Kind = "slow"
	// BrokerDown fails to publish: the first After events of the request are accepted, the next is answered with 500.
	BrokerDown Kind = "broker-down"
)

// Kinds lists every way to fail.
func Kinds() []Kind { return []Kind{Answer, Stall, Reset, ResetAfter, Half, Slow, BrokerDown} }

// Fault is what goes wrong with a request; the zero value is nothing.
type Fault struct {
	Kind       Kind
	Status     int           // of Answer; 503 when 0
	Body       string        // of Answer
	RetryAfter string        // header of Answer: seconds or an HTTP date
	RetryDate  time.Duration // of Answer: the header as a date that is so far ahead when the answer is given; instead of RetryAfter
	Delay      time.Duration // before the answer; the time that Slow takes
	After      int           // of BrokerDown
}

type faults struct {
	mu     sync.Mutex
	ask    func(*http.Request) Fault
	queued []queued
}

type queued struct {
	left  int       // requests; below 0: for good
	until time.Time // instead, when it is set
	Fault
}

// Pending is a fault that is due: for how many requests more, below 0 for good, or until when.
type Pending struct {
	Fault
	Left  int
	Until time.Time
}

func (f *faults) next(req *http.Request) Fault {
	f.mu.Lock()
	f.expire(time.Now())
	if len(f.queued) > 0 {
		defer f.mu.Unlock()
		q := &f.queued[0]
		due := q.Fault
		if q.until.IsZero() {
			q.left--
			if q.left == 0 {
				f.queued = f.queued[1:]
			}
		}
		return due
	}
	ask := f.ask
	f.mu.Unlock()
	if ask == nil {
		return Fault{}
	}
	return ask(req)
}

// expire forgets the faults whose time is over.
func (f *faults) expire(now time.Time) {
	f.queued = slices.DeleteFunc(f.queued, func(q queued) bool { return !q.until.IsZero() && !now.Before(q.until) })
}

func (f *faults) put(q queued) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queued = append(f.queued, q)
}

// Fault lets the next n POSTs fail, after those of earlier calls; n below 0 is every one from then on.
func (r *Receiver) Fault(n int, f Fault) {
	if n != 0 {
		r.faults.put(queued{left: n, Fault: f})
	}
}

// FaultFor lets every POST fail from now on until d has passed, once faults of earlier calls are spent.
func (r *Receiver) FaultFor(d time.Duration, f Fault) {
	if d > 0 {
		r.faults.put(queued{until: time.Now().Add(d), Fault: f})
	}
}

// Heal forgets what Fault and FaultFor have queued.
func (r *Receiver) Heal() {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	r.faults.queued = nil
}

// Pending are the faults that are queued, the one that is due first.
func (r *Receiver) Pending() []Pending {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	r.faults.expire(time.Now())
	pending := make([]Pending, len(r.faults.queued))
	for i, q := range r.faults.queued {
		pending[i] = Pending{Fault: q.Fault, Left: q.left, Until: q.until}
	}
	return pending
}

// Chaos is for WithFaults: it picks one of the faults for the given share of requests (0 to 1), the same ones for the
// same seed and order of requests.
func Chaos(seed uint64, share float64, of ...Fault) func(*http.Request) Fault {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // repeatable on purpose
	return func(*http.Request) Fault {
		mu.Lock()
		defer mu.Unlock()
		if len(of) == 0 || rnd.Float64() >= share {
			return Fault{}
		}
		return of[rnd.IntN(len(of))]
	}
}
