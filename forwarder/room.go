package forwarder

import (
	"context"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// room bounds what is held, together with what receives under way may bring: by MaxInFlight, and by what renewals keep up with.
type room struct {
	all int64 // MaxInFlight

	mu      sync.Mutex
	most    int64 // now
	taken   int64
	waiting int // receives
	freed   *sync.Cond
}

func newRoom(all int) *room {
	r := &room{all: int64(all), most: int64(all)}
	r.freed = sync.NewCond(&r.mu)
	return r
}

// Acquire blocks until there is room for a receive of n messages, or ctx ends.
func (r *room) Acquire(ctx context.Context, n int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken+n > r.most {
		defer context.AfterFunc(ctx, r.wake)()
		r.waiting++
		for r.taken+n > r.most && ctx.Err() == nil {
			r.freed.Wait()
		}
		r.waiting--
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.taken += n
	return nil
}

// Release gives room back, of at most one receive. It wakes nobody before there is enough for another.
func (r *room) Release(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken -= n; r.most-r.taken >= min(queue.MaxBatch, r.all) {
		r.freed.Signal()
	}
}

func (r *room) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freed.Broadcast()
}

// fit sets what may be held, up to MaxInFlight, and returns it.
func (r *room) fit(most int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most = min(r.all, most)
	r.freed.Broadcast()
	return r.most
}

// short tells that receives wait for room that there would be if renewals were known to be faster.
func (r *room) short() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting > 0 && r.most < r.all
}

// speed is what is known of how fast renewals go.
type speed struct {
	visibility time.Duration
	longest    time.Duration // that a call may take
	took       time.Duration // by a call, in the mean; before it is known, the longest
	ended      int           // calls since then
	spent      time.Duration // by those
}

const (
	sample  = 8    // calls that tell how long one takes
	quicker = 0.75 // how much less it may be each time: what is held grows in steps, so that calls which get slower by that show in time
)

func (s *speed) learn(took time.Duration) {
	s.ended++
	s.spent += min(took, s.longest)
}

// keeps is how many messages can be kept invisible. maxCalls at once renew ten each in the time that one takes (Little's law), and half of
// the visibility timeout is left when a message is due; half of that again is for calls that have to be made anew.
func (s *speed) keeps() int64 {
	if s.ended >= sample {
		s.took = max(s.spent/time.Duration(s.ended), time.Duration(float64(s.took)*quicker), time.Millisecond)
		s.ended, s.spent = 0, 0
	}
	return int64(maxCalls * queue.MaxBatch * (s.visibility / 4) / s.took)
}
