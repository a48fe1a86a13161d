package forwarder

import (
	"testing"
	"time"
)

// TestStopUsesTheTimeItHas has a queue that deletes nothing until shortly before the end: long pauses between attempts
// are cut short.
func TestStopUsesTheTimeItHas(t *testing.T) {
	run(t, func(o *Options) { o.ShutdownTimeout = 4 * time.Second }, func(r *rig) {
		r.queue.fail(failing("delete", "queue is away"))
		r.queue.send(ids(30)...)
		pass(25 * time.Second) // tries are five seconds apart by now
		time.AfterFunc(3500*time.Millisecond, func() { r.queue.fail(func(string) error { return nil }) })
		r.end()
		checkOnce(t, r, 30)
	})
}
