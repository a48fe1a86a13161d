package forwarder

import (
	"errors"
	"strings"
	"sync/atomic"
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

// TestHealthSaysWhyMessagesAreNotSettled has receives that work, and deletes or dead letters that are denied.
func TestHealthSaysWhyMessagesAreNotSettled(t *testing.T) {
	for call, code := range map[string]int{"delete": 200, "dead-letter": 422} {
		t.Run(call, func(t *testing.T) {
			run(t, nil, func(r *rig) {
				r.queue.send("first")
				pass(time.Second)
				r.queue.fail(failing(call, "AccessDenied"))
				r.sink.set(status(code))
				r.queue.send(ids(20)...)
				pass(10 * time.Second)
				if err := r.Health().Queue; err == nil || !strings.Contains(err.Error(), "AccessDenied") {
					t.Errorf("health: %v", err)
				}
				r.queue.fail(func(string) error { return nil })
				pass(time.Minute)
				if h := r.Health(); h.Queue != nil || h.Receiver != nil {
					t.Errorf("health after the end of the outage: %+v", h)
				}
			})
		})
	}
}

// TestHealthSaysWhatFailsNow has a delete fail once while a refused event waits for the dead-letter queue.
func TestHealthSaysWhatFailsNow(t *testing.T) {
	run(t, nil, func(r *rig) {
		r.queue.send("first")
		pass(time.Second)
		r.queue.fail(failing("dead-letter", "AccessDenied"))
		r.sink.set(status(422))
		r.queue.send("bad")
		pass(10 * time.Second)
		var failed atomic.Bool
		r.queue.fail(func(op string) error {
			if op == "dead-letter" || op == "delete" && !failed.Swap(true) {
				return errors.New(op)
			}
			return nil
		})
		r.sink.set(nil)
		r.queue.send("good")
		pass(5 * time.Minute)
		if err := r.Health().Queue; !failed.Load() || err == nil || err.Error() != "dead-letter" {
			t.Errorf("health: %v", err)
		}
	})
}
