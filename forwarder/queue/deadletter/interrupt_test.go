package deadletter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// eachMoment runs do in a fresh world for each call that it makes, interrupted before SQS handles that call, and after.
func eachMoment(t *testing.T, fifo bool, do func(w *world, n int, early bool) (more bool)) {
	t.Helper()
	for _, early := range []bool{true, false} {
		for n, more := 1, true; more; n++ {
			inWorld(t, fifo, func(w *world) { more = do(w, n, early) })
			if t.Failed() {
				t.Fatalf("at call %d, before it is handled: %v", n, early)
			}
		}
	}
}

func TestInterruptedAtEveryCall(t *testing.T) {
	const n = 6
	for name, act := range map[string]func(*Queues, context.Context) (Result, error){
		"read": func(qs *Queues, ctx context.Context) (Result, error) {
			_, err := qs.Read(ctx, Filter{}, func(*Message) {})
			return Result{}, err
		},
		"redrive": func(qs *Queues, ctx context.Context) (Result, error) { return qs.Redrive(ctx, Filter{}, 100, ignore) },
		"some": func(qs *Queues, ctx context.Context) (Result, error) {
			return qs.Redrive(ctx, Filter{Status: 422}, 100, ignore)
		},
		"purge": func(qs *Queues, ctx context.Context) (Result, error) {
			return qs.Purge(ctx, Filter{Status: 422}, ignore)
		},
	} {
		for kind, fifo := range map[string]bool{"standard": false, "fifo": true} {
			t.Run(name+" "+kind, func(t *testing.T) {
				eachMoment(t, fifo, func(w *world, call int, early bool) bool {
					w.fill(n)
					qs := w.open()
					ctx, cancel := context.WithCancel(w.Context())
					defer cancel()
					w.wire.at(call, early, func() error { cancel(); return nil })
					r, err := act(qs, ctx)
					reached := w.wire.reached(call)
					if reached && err != nil && !errors.Is(err, context.Canceled) {
						w.Error(err)
					}
					w.nothingLeased("interrupted")
					if name == "purge" {
						if got := ids(w.dead); len(got) != n-r.Handled {
							w.Errorf("%+v, and left are %v", r, got)
						}
						return reached
					}
					if got := ids(w.main, w.dead); !slices.Equal(got, all(n)) {
						w.Errorf("there are %v", got)
					}
					if len(ids(w.main)) != r.Handled {
						w.Errorf("it says %+v, and sent %v", r, ids(w.main))
					}
					w.redriven(w.Context())
					w.whole(n)
					return reached
				})
			})
		}
	}
}

// TestKilledAtEveryCall kills the process: nothing more leaves it, and what it held shows again by itself.
func TestKilledAtEveryCall(t *testing.T) {
	const n = 6
	for kind, fifo := range map[string]bool{"standard": false, "fifo": true} {
		t.Run(kind, func(t *testing.T) {
			eachMoment(t, fifo, func(w *world, call int, early bool) bool {
				w.fill(n)
				qs := w.open()
				ctx, cancel := context.WithCancel(w.Context())
				defer cancel()
				w.wire.at(call, early, func() error { cancel(); return errKilled })
				_, err := qs.Redrive(ctx, Filter{}, 100, ignore)
				if !w.wire.reached(call) {
					return false
				}
				if err == nil {
					w.Error("killed, and all is well")
				}
				time.Sleep(leaseTime)
				w.nothingLeased("a minute after it was killed")
				w.redriven(w.Context())
				got := ids(w.main)
				if twice := len(got) - n; twice > maxConcurrent || !slices.Equal(slices.Compact(got), all(n)) {
					w.Errorf("%d twice: %v", twice, got)
				}
				if fifo && !slices.Equal(ids(w.main), all(n)) { // it goes on within five minutes: nothing is twice
					w.Errorf("not each once: %v", ids(w.main))
				}
				if left := ids(w.dead); len(left) > 0 {
					w.Errorf("left: %v", left)
				}
				return true
			})
		})
	}
}

// TestFaults has SQS throttle, fail, reset and lose answers: whoever goes on gets there, and loses nothing.
func TestFaults(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, false, func(w *world) {
				const n = 30
				w.fill(n)
				qs := w.open()
				random := rand.New(rand.NewPCG(seed, 0))
				var mu sync.Mutex
				chance := func(percent int) bool {
					mu.Lock()
					defer mu.Unlock()
					return random.IntN(100) < percent
				}
				w.server.SetFaults(func(string, int) *queuetest.Error {
					if chance(20) {
						return queuetest.RequestThrottled
					} else if chance(10) {
						return queuetest.InternalError
					}
					return nil
				})
				fail := func(int) error {
					if chance(10) {
						return syscall.ECONNRESET
					}
					return nil
				}
				w.wire.before, w.wire.after = fail, fail
				for range 10 {
					if _, err := qs.Redrive(w.Context(), Filter{}, 100, ignore); err != nil {
						w.Log(err)
					}
					time.Sleep(leaseTime)
				}
				w.server.SetFaults(nil)
				w.wire.before, w.wire.after = nil, nil
				w.redriven(w.Context())
				if got := ids(w.main); !slices.Equal(slices.Compact(got), all(n)) || len(ids(w.dead)) > 0 {
					w.Errorf("%v in the main queue, %v left", got, ids(w.dead))
				}
			})
		})
	}
}
