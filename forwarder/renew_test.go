package forwarder

import (
	"fmt"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// manyHours are visibility timeouts with which the limit of SQS is reached in many renewals, in few, and in none.
var manyHours = []time.Duration{30 * time.Second, 2 * time.Hour, 6 * time.Hour, 10 * time.Hour, queue.MaxHold}

func TestOutageOfManyHours(t *testing.T) {
	for _, visibility := range manyHours {
		for outage, receives := range map[time.Duration]int{10*time.Hour + 30*time.Minute: 1, 13 * time.Hour: 2} {
			t.Run(fmt.Sprint(visibility, outage), func(t *testing.T) {
				run(t, func(o *Options) { o.Visibility = visibility }, func(r *rig) {
					r.queue.visibility = visibility
					r.sink.set(func([]string) sink.Verdict {
						return sink.Verdict{Fate: sink.Unavailable, Status: 503, Reason: "busy", RetryAfter: 10 * time.Minute}
					})
					r.queue.send("m00000", "m00001")
					pass(outage)
					r.sink.set(nil)
					pass(11 * time.Minute)
					if got := r.queue.deleted; len(got) != 2 || got["m00000"] != receives || got["m00001"] != receives || r.Held() != 0 {
						t.Errorf("deleted after so many receives: %v; %d held", got, r.Held())
					}
				})
			})
		}
	}
}

// TestOldAndYoungAreRenewedTogether has an event an hour, and a receiver that takes ten and a half hours for each.
func TestOldAndYoungAreRenewedTogether(t *testing.T) {
	for _, visibility := range manyHours {
		t.Run(visibility.String(), func(t *testing.T) {
			run(t, func(o *Options) { o.Visibility = visibility }, func(r *rig) {
				r.queue.visibility = visibility
				r.sink.delay = 10*time.Hour + 30*time.Minute
				for _, id := range ids(12) {
					r.queue.send(id)
					pass(time.Hour)
				}
				pass(r.sink.delay)
				checkOnce(t, r, 12)
			})
		})
	}
}
