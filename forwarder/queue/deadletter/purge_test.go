package deadletter

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestPurge(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(20)
		w.undel.Put(queuetest.Message{Body: body(20)})
		r, err := w.open().Purge(w.Context(), Filter{Status: 422}, ignore)
		if err != nil || r.Handled != 10 || r.Seen != 21 || len(ids(w.dead, w.undel)) != 11 {
			w.Errorf("%+v, %v", r, err)
		}
		w.nothingLeased("after it")
		r, err = w.open().Purge(w.Context(), Filter{}, ignore)
		if err != nil || r.Handled != 11 || len(ids(w.dead, w.undel)) != 0 {
			w.Errorf("%+v, %v", r, err)
		}
	})
}

// TestDeletedAreNotSearched checks that what was deleted is not looked through again and again.
func TestDeletedAreNotSearched(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(100)
		qs := w.open()
		most := 0
		r, err := qs.Purge(w.Context(), Filter{}, func(Result) {
			held := 0
			for range qs.dead[0].receipts.Range {
				held++
			}
			most = max(most, held)
		})
		if err != nil || r.Handled != 100 || most > 10 {
			w.Errorf("%d messages are looked through, %+v, %v", most, r, err)
		}
	})
}

// TestArriveMeanwhile has dead letters arrive for as long as a command runs: it leaves them, and ends.
func TestArriveMeanwhile(t *testing.T) {
	for name, act := range map[string]func(*Queues, context.Context) (Result, error){
		"purge": func(qs *Queues, ctx context.Context) (Result, error) { return qs.Purge(ctx, Filter{}, ignore) },
		"redrive": func(qs *Queues, ctx context.Context) (Result, error) {
			return qs.Redrive(ctx, Filter{}, 100, ignore)
		},
		"list": func(qs *Queues, ctx context.Context) (Result, error) {
			return qs.Read(ctx, Filter{}, func(*Message) {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, false, func(w *world) {
				w.fill(5)
				qs := w.open()
				ctx, stop := context.WithTimeout(w.Context(), time.Hour)
				var arriving sync.WaitGroup
				defer arriving.Wait()
				defer stop()
				arriving.Go(func() {
					for i := 5; ctx.Err() == nil; i++ {
						time.Sleep(1100 * time.Millisecond)
						w.dead.Put(w.refused(i))
					}
				})
				r, err := act(qs, ctx)
				if err != nil || r.Handled != 5 || r.Seen == 5 || r.Hidden > 0 {
					w.Errorf("%+v, %v", r, err)
				}
				w.nothingLeased("after it")
			})
		})
	}
}

// TestMovedMeanwhile has a redrive policy move messages, which were sent long before, for as long as a command runs.
func TestMovedMeanwhile(t *testing.T) {
	inWorld(t, false, func(w *world) {
		for i := range 600 {
			w.main.Send(body(i))
		}
		main := w.open().main
		for range 3 * 60 { // of a minute each, after which the same ten are visible again
			if _, err := main.receive(w.Context()); err != nil {
				w.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		w.fill(5)
		qs := w.open()
		ctx, stop := context.WithTimeout(w.Context(), time.Hour)
		var moving sync.WaitGroup
		defer moving.Wait()
		defer stop()
		moving.Go(func() {
			for ctx.Err() == nil {
				_, _ = main.receive(ctx)
			}
		})
		r, err := qs.Purge(ctx, Filter{}, ignore)
		if err != nil || r.Handled < 5 || r.Handled > 105 {
			w.Errorf("%+v, %v", r, err)
		}
	})
}
