package forwarder

import (
	"testing"
	"time"
)

// TestShortPollsOfAnEmptyQueueArePaced has a queue that answers at once when it is empty.
func TestShortPollsOfAnEmptyQueueArePaced(t *testing.T) {
	run(t, func(o *Options) { o.Wait = 0 }, func(r *rig) {
		pass(10 * time.Second)
		before := r.queue.calls()
		pass(10 * time.Second)
		if n := r.queue.calls() - before; n > 30 || n < 8 {
			t.Errorf("%d receives in ten idle seconds", n)
		}
		r.queue.send(ids(500)...)
		pass(2 * time.Second)
		checkOnce(t, r, 500)
	})
}
