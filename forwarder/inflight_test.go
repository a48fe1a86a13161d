package forwarder

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// heavy is a queue whose messages have bodies of a given size.
type heavy struct {
	*memory
	size int
}

// sendHeavy puts messages with their whole bodies on the queue, so that pollers do not wait.
func (h *heavy) sendHeavy(ids ...string) {
	body := strings.Repeat("x", h.size)
	h.mu.Lock()
	for _, id := range ids {
		h.messages = append(h.messages, &stored{id: id, body: body})
	}
	h.mu.Unlock()
	h.send()
}

// TestBytesInFlightAreBounded has a receiver that is unavailable, and messages of all sizes that SQS accepts.
func TestBytesInFlightAreBounded(t *testing.T) {
	const bound = 16 << 20
	for _, size := range []int{700, 10 << 10, 200 << 10, 1 << 20} {
		var q *heavy
		run(t, func(o *Options) {
			q = &heavy{memory: o.Source.(*memory), size: size}
			o.Source, o.MaxInFlightBytes = q, bound
		}, func(r *rig) {
			r.sink.delay = time.Minute
			q.sendHeavy(ids(1000)...)
			pass(30 * time.Second)
			// The first receive cannot know how large its messages are.
			if bytes := r.leases.len() * size; bytes > bound+queue.MaxBatch<<20 || bytes < min(1000*size, bound)/2 {
				t.Errorf("%d messages of %d bytes are leased", r.leases.len(), size)
			}
			r.sink.mu.Lock()
			r.sink.delay = 0
			r.sink.mu.Unlock()
			pass(10 * time.Minute)
			checkOnce(t, r, 1000)
		})
	}
}

// TestAMessageLargerThanTheBound is received by itself.
func TestAMessageLargerThanTheBound(t *testing.T) {
	var q *heavy
	run(t, func(o *Options) {
		q = &heavy{memory: o.Source.(*memory), size: 1 << 20}
		o.Source, o.MaxInFlightBytes = q, 1000
	}, func(r *rig) {
		q.sendHeavy(ids(50)...)
		pass(time.Minute)
		checkOnce(t, r, 50)
		q.size = 10
		for i := range 50 {
			q.sendHeavy("n" + ids(50)[i])
		}
		pass(time.Minute)
		if len(r.queue.deleted) != 100 {
			t.Errorf("%d of 100 deleted", len(r.queue.deleted))
		}
	})
}

// TestFewReceivesOfLargeMessages checks that no more receives are in progress than return 4 MiB if each is as large as
// the latest one, but always two.
func TestFewReceivesOfLargeMessages(t *testing.T) {
	for size, want := range map[int]int{10 << 10: 40, 64 << 10: 6, 1 << 20: 2} {
		l := newLeases(&Options{MaxInFlight: 1000, Visibility: time.Minute}, newMetrics(prometheus.NewRegistry()))
		l.receives++
		ten := slices.Repeat([]queue.Message{{Body: make([]byte, size)}}, 10)
		l.add(ten, func(*queue.Message) (e event.Event) { return e })
		for {
			if _, fits := l.nextReceive(); !fits {
				break
			}
			l.receives++
		}
		if l.receives != want {
			t.Errorf("%d receives of messages of %d bytes", l.receives, size)
		}
	}
}

// TestAFewLargeMessagesSlowNothingDown has one large message among every two hundred, and a queue that is far away.
func TestAFewLargeMessagesSlowNothingDown(t *testing.T) {
	var q *heavy
	run(t, func(o *Options) {
		q = &heavy{memory: o.Source.(*memory)}
		o.Source = farReceives{q, 100 * time.Millisecond}
	}, func(r *rig) {
		for i, id := range ids(10_000) {
			if q.size = 100; i%200 == 0 {
				q.size = 1 << 20
			}
			q.sendHeavy(id)
		}
		pass(10 * time.Second)
		if n := len(r.sink.delivered()); n < 7000 {
			t.Errorf("%d delivered in ten seconds", n)
		}
	})
}

// TestHeldMessagesLeaveRoom holds some for hours, with limits that are not much higher.
func TestHeldMessagesLeaveRoom(t *testing.T) {
	for _, c := range []struct{ rate, limit, bad int }{{1, 1000, 8}, {2, 1000, 8}, {3, 1000, 12}, {0, 10, 8}, {0, 4, 3}} {
		run(t, func(o *Options) { o.MaxRate, o.MaxInFlight = c.rate, c.limit }, func(r *rig) {
			r.sink.set(func(some []string) sink.Verdict {
				if slices.Contains(ids(c.bad), some[0]) {
					return status(500)(some)
				}
				return status(200)(some)
			})
			r.queue.send(ids(c.bad)...)
			pass(5 * time.Minute)
			for n := range 20 {
				r.queue.send(fmt.Sprint("good", n))
			}
			pass(10 * time.Minute)
			if n := len(r.sink.delivered()); n != 20 {
				t.Errorf("%+v: %d of 20 delivered", c, n)
			}
		})
	}
}
