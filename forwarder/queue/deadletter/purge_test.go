package deadletter

import (
	"testing"

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
