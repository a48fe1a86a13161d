package sinktest

import (
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
	RetryDate  time.Duration // of Answer, instead of RetryAfter: a date that is so far ahead
	Delay      time.Duration // before the answer; the time that Slow takes
	After      int           // of BrokerDown
}

// Pending is a fault that is due: for how many requests more, below 0 for good, or until when.
type Pending struct {
	Fault
	Left  int
	Until time.Time // counts instead of Left, when it is set
}

type faults struct {
	mu     sync.Mutex
	ask    func(*http.Request) Fault
	queued []Pending
}

func (f *faults) next(req *http.Request) Fault {
	if due, found := f.take(); found || f.ask == nil {
		return due
	}
	return f.ask(req)
}

// take returns the fault that is due, of those that were queued.
func (f *faults) take() (due Fault, found bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(time.Now())
	if len(f.queued) == 0 {
		return Fault{}, false
	}
	due = f.queued[0].Fault
	if p := &f.queued[0]; p.Until.IsZero() {
		if p.Left--; p.Left == 0 {
			f.queued = f.queued[1:]
		}
	}
	return due, true
}

// expire forgets the faults whose time is over.
func (f *faults) expire(now time.Time) {
	f.queued = slices.DeleteFunc(f.queued, func(p Pending) bool { return !p.Until.IsZero() && !now.Before(p.Until) })
}

func (f *faults) put(p Pending) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queued = append(f.queued, p)
}

// Fault lets the next n POSTs fail, after those of earlier calls; n below 0 is every one from then on.
func (r *Receiver) Fault(n int, f Fault) {
	if n != 0 {
		r.faults.put(Pending{Left: n, Fault: f})
	}
}

// FaultFor lets every POST fail from now on until d has passed, once faults of earlier calls are spent.
func (r *Receiver) FaultFor(d time.Duration, f Fault) {
	if d > 0 {
		r.faults.put(Pending{Until: time.Now().Add(d), Fault: f})
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
	return slices.Clone(r.faults.queued)
}
