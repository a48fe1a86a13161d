package forwarder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

func TestOrderWithinGroups(t *testing.T) {
	run(t, func(o *Options) { o.Ordered, o.ShutdownTimeout = true, time.Minute }, func(r *rig) {
		random := rand.New(rand.NewPCG(1, 2))
		r.sink.answer = func(some []string) sink.Verdict {
			return status([]int{200, 200, 500, 503}[random.IntN(4)])(some)
		}
		want := map[string][]string{}
		for i := range 300 {
			group := fmt.Sprintf("g%d", i%7)
			id := fmt.Sprintf("%s-%03d", group, i)
			want[group] = append(want[group], id)
			r.queue.sendGroup(group, id)
		}
		pass(30 * time.Minute)
		got := map[string][]string{}
		for _, id := range r.sink.delivered() {
			group, _, _ := strings.Cut(id, "-")
			got[group] = append(got[group], id)
		}
		for group := range want {
			if !slices.Equal(got[group], want[group]) {
				t.Errorf("group %s came as %v", group, got[group])
			}
		}
	})
}

func TestAGroupThatWaitsHoldsUpNoOther(t *testing.T) {
	run(t, func(o *Options) { o.Ordered = true }, func(r *rig) {
		r.sink.set(func(some []string) sink.Verdict {
			if some[0] == "bad" {
				return status(500)(some)
			}
			return status(200)(some)
		})
		r.queue.sendGroup("a", "bad", "after-bad")
		r.queue.sendGroup("b", "good")
		r.queue.sendGroup("c", "fine")
		pass(10 * time.Second)
		got := r.sink.delivered()
		slices.Sort(got)
		if !slices.Equal(got, []string{"fine", "good"}) {
			t.Errorf("delivered %v", got)
		}
		r.end()
		if visible, invisible := r.queue.state(); visible != 2 || invisible != 0 {
			t.Errorf("%d visible, %d invisible after the end", visible, invisible)
		}
	})
}

// TestARefusedEventOfAGroup has a dead-letter queue that is unavailable at first: the later events of the group wait.
func TestARefusedEventOfAGroup(t *testing.T) {
	run(t, func(o *Options) { o.Ordered = true }, func(r *rig) {
		r.sink.set(func(some []string) sink.Verdict {
			if some[0] == "bad" {
				return status(413)(some)
			}
			return status(200)(some)
		})
		r.queue.fail(failing("dead-letter", "throttled"))
		r.queue.sendGroup("a", "first", "bad", "second", "third")
		pass(10 * time.Second)
		if got := r.sink.delivered(); !slices.Equal(got, []string{"first"}) {
			t.Errorf("delivered %v while the dead-letter queue is away", got)
		}
		r.queue.fail(func(string) error { return nil })
		pass(time.Minute)
		if got := r.sink.delivered(); !slices.Equal(got, []string{"first", "second", "third"}) || r.queue.dead["bad"] == nil {
			t.Errorf("delivered %v, dead %v", got, r.queue.dead)
		}
	})
}

// TestARefusedEventOfAGroupWithoutDeadLetterQueue has later events in the group: they are released.
func TestARefusedEventOfAGroupWithoutDeadLetterQueue(t *testing.T) {
	run(t, func(o *Options) { o.Ordered, o.DeadLetter = true, nil }, func(r *rig) {
		r.sink.set(status(413))
		r.queue.sendGroup("a", "bad", "second", "third")
		pass(5 * time.Second)
		if visible, invisible := r.queue.state(); visible != 2 || invisible != 1 || r.sink.tried() != 1 {
			t.Errorf("%d visible, %d invisible after %d tries", visible, invisible, r.sink.tried())
		}
	})
}

func TestArrays(t *testing.T) {
	run(t, func(o *Options) { o.Arrays = true }, func(r *rig) {
		sizes := map[int]int{}
		r.sink.set(func(some []string) sink.Verdict {
			sizes[len(some)]++
			if slices.Contains(some, "m00013") {
				return status(400)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(30)...)
		pass(time.Second)
		if sizes[10] != 3 || sizes[1] != 10 {
			t.Errorf("requests by size: %v", sizes)
		}
		if len(r.sink.delivered()) != 29 || r.queue.dead["m00013"]["status"] != "400" || len(r.queue.deleted) != 30 {
			t.Errorf("%d delivered, dead %v", len(r.sink.delivered()), r.queue.dead)
		}
	})
}

// TestOneEventSpoilsNoArray has one event that makes its array fail, but not for good: the nine others are delivered,
// and not many times.
func TestOneEventSpoilsNoArray(t *testing.T) {
	run(t, func(o *Options) { o.Arrays = true }, func(r *rig) {
		tries := map[string]int{}
		r.sink.set(func(some []string) sink.Verdict {
			for _, id := range some {
				tries[id]++
			}
			if slices.Contains(some, "m00013") {
				return status(500)(some)
			}
			return status(200)(some)
		})
		r.queue.send(ids(30)...)
		pass(10 * time.Second)
		r.sink.mu.Lock()
		if len(r.sink.got) != 29 || tries["m00012"] != maxArrayTries+1 || tries["m00013"] < maxArrayTries+3 {
			t.Errorf("%d delivered after so many tries: %v", len(r.sink.got), tries)
		}
		r.sink.mu.Unlock()
		r.sink.set(nil)
		pass(time.Minute)
		checkOnce(t, r, 30)
	})
}

func TestLinger(t *testing.T) {
	run(t, func(o *Options) { o.Linger = 100 * time.Millisecond }, func(r *rig) {
		for i := range 3000 { // 300 a second
			r.queue.send(fmt.Sprintf("m%05d", i))
			if i%3 == 2 {
				pass(10 * time.Millisecond)
			}
		}
		pass(time.Second)
		if per1000 := r.queue.receives / 3; per1000 > 130 {
			t.Errorf("%d receives per 1,000 events", per1000)
		}
		checkOnce(t, r, 3000)
	})
}

// TestALostLeaseCostsNoArray lets one message of an array become visible to others while it waits to be sent.
func TestALostLeaseCostsNoArray(t *testing.T) {
	run(t, func(o *Options) { o.Arrays = true }, func(r *rig) {
		r.sink.set(refusedConnection)
		r.queue.send(ids(10)...)
		pass(time.Second)
		r.queue.expire("m00003")
		pass(20 * time.Second)
		r.sink.set(nil)
		pass(time.Minute)
		for id, receives := range r.queue.deleted {
			if receives > 1 && id != "m00003" {
				t.Errorf("%s was received %d times", id, receives)
			}
		}
		if len(r.queue.deleted) != 10 {
			t.Errorf("%d of 10 deleted", len(r.queue.deleted))
		}
	})
}

// TestEventsThatFailSpoilNoArrays has one in each array, so that no array succeeds and the breaker opens.
func TestEventsThatFailSpoilNoArrays(t *testing.T) {
	for _, code := range []int{500, 503, 429, 403} {
		for events, bad := range map[int][]string{30: {"m00003", "m00013", "m00023"}, 10: {"m00003"}} {
			run(t, func(o *Options) { o.Arrays = true }, func(r *rig) {
				r.sink.set(func(some []string) sink.Verdict {
					if slices.ContainsFunc(some, func(id string) bool { return slices.Contains(bad, id) }) {
						return status(code)(some)
					}
					return status(200)(some)
				})
				r.queue.send(ids(events)...)
				pass(time.Minute)
				r.queue.send("later")
				pass(time.Minute)
				if n := len(r.sink.delivered()); n != events-len(bad)+1 {
					t.Errorf("%d: %d of %d delivered", code, n, events-len(bad)+1)
				}
			})
		}
	}
}
