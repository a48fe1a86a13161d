package deadletter

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestRedrive(t *testing.T) {
	for name, fifo := range map[string]bool{"standard": false, "fifo": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, fifo, func(w *world) {
				w.fill(25)
				w.wire.before = func(int) error {
					time.Sleep(rand.N(100 * time.Millisecond)) // in which one overtakes another
					return nil
				}
				w.undel.Put(
					queuetest.Message{Body: body(25), Attributes: attributes("ERROR_CODE", "SDK_CLIENT_ERROR", "own", "kept")},
				)
				if r := w.redriven(w.Context()); r.Handled != 26 || r.Seen != 26 || r.Hidden > 0 {
					w.Errorf("%+v", r)
				}
				w.whole(26)
				for i, m := range w.main.Messages() {
					if i < 25 && (m.Trace != "Root=1-67-89" || len(m.Attributes) > 0) ||
						i == 25 && (len(m.Attributes) != 1 || m.Attributes["own"].StringValue != "kept") {
						w.Errorf("it is not what it was: %+v", m)
					}
					if fifo && (m.Group != "aws.ec2" || m.Body != body(i)) {
						w.Errorf("message %d is %+v: another group, or another order", i, m)
					}
				}
			})
		})
	}
}

// whole fails unless each of n events is in the main queue once, and nothing anywhere else.
func (w *world) whole(n int) {
	w.Helper()
	if got := ids(w.main); !slices.Equal(got, all(n)) {
		w.Errorf("in the main queue are %v", got)
	}
	if left := ids(w.dead, w.undel); len(left) > 0 {
		w.Errorf("left: %v", left)
	}
}

// TestFIFOTakesNoneForADuplicate sends an event back within the five minutes in which SQS takes the same again for
// nothing.
func TestFIFOTakesNoneForADuplicate(t *testing.T) {
	inWorld(t, true, func(w *world) {
		w.main.Put(queuetest.Message{Body: body(0), Group: "aws.ec2", Dedup: "0"})
		for round := range 3 {
			w.exhaust()
			if r := w.redriven(w.Context()); r.Handled != 1 {
				w.Errorf("round %d: %+v", round, r)
			}
			if got := ids(w.main); len(got) != 1 {
				w.Fatalf("round %d: in the queue are %v", round, got)
			}
		}
	})
}

// exhaust receives what the main queue has until its redrive policy takes it away.
func (w *world) exhaust() {
	for len(ids(w.dead)) == 0 {
		main := w.open().main
		if _, err := main.receive(w.Context()); err != nil {
			w.Fatal(err)
		}
		_ = main.changeVisibility(w.Context(), 0)
	}
}

func TestRate(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(40)
		begun := time.Now()
		var reports []int
		r, err := w.open().Redrive(w.Context(), Filter{}, 2, func(r Result) { reports = append(reports, r.Seen) })
		if took := time.Since(begun); err != nil || r.Handled != 40 || took < 19*time.Second || took > 30*time.Second {
			w.Errorf("%+v after %s, %v", r, took, err)
		}
		if len(reports) != 40 || !slices.IsSorted(reports) {
			w.Errorf("reported: %v", reports)
		}
	})
}

func TestRedriveOfSome(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(40)
		r, err := w.open().Redrive(
			w.Context(),
			Filter{Reason: "unprocessable"},
			1,
			ignore,
		) // 20 s, and the others stay hidden
		if err != nil || r.Handled != 20 || r.Seen != 40 || len(ids(w.main)) != 20 || len(ids(w.dead)) != 20 {
			w.Errorf("%+v, %v", r, err)
		}
		w.nothingLeased("after it")
		r, err = w.open().Redrive(w.Context(), Filter{IDs: []string{"e-0", "e-2", "e-1"}}, 100, ignore)
		if err == nil || !strings.Contains(err.Error(), "dead letters: e-1;") || r.Handled != 2 || len(ids(w.dead)) != 18 {
			w.Errorf("%+v, %v", r, err)
		}
	})
}

// TestRefusedAgain has a receiver that refuses all that comes back: it is sent back once, and not for ever.
func TestRefusedAgain(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(30)
		w.undel.Put(queuetest.Message{Body: body(30)})
		qs := w.open()
		other := w.open().dead[1]
		if held, err := other.receive(w.Context()); err != nil || len(held) != 1 {
			w.Fatal(held, err)
		}
		refuse := func(Result) {
			for _, m := range w.main.Messages() {
				if !slices.ContainsFunc(
					w.dead.Messages(),
					func(d queuetest.Message) bool { return d.Attributes["message-id"].StringValue == m.ID },
				) {
					w.dead.Put(queuetest.Message{Body: m.Body, Attributes: attributes("status", "422", "message-id", m.ID)})
				}
			}
		}
		r, err := qs.Redrive(w.Context(), Filter{}, 50, refuse)
		if err != nil || r.Handled != 30 || r.CameBack == 0 || r.Hidden != 1 { // somebody else holds one
			w.Errorf("%+v, %v", r, err)
		}
		if err := other.changeVisibility(w.Context(), 0); err != nil {
			w.Error(err)
		}
		w.nothingLeased("after it")
	})
}

func TestMainQueueThatRefuses(t *testing.T) {
	for name, fifo := range map[string]bool{"standard": false, "fifo": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, fifo, func(w *world) {
				w.fill(25)
				qs := w.open()
				var sent atomic.Int64
				w.server.SetFaults(func(op string, _ int) *queuetest.Error {
					if op == "SendMessage" && sent.Add(1) > 5 {
						return queuetest.InternalError
					}
					return nil
				})
				r, err := qs.Redrive(w.Context(), Filter{}, 100, ignore)
				if err == nil || errors.Is(err, w.Context().Err()) || r.Handled != 5 {
					w.Errorf("%+v, %v", r, err)
				}
				w.nothingLeased("after a failure")
				if fifo && !slices.Equal(ids(w.main), all(5)) {
					w.Errorf("something overtook what could not be sent: %v", ids(w.main))
				}
				w.server.SetFaults(nil)
				w.redriven(w.Context())
				w.whole(25)
			})
		})
	}
}
