package relay

import (
	"net/http"
	"time"
)

const (
	beat      = 15 * time.Second // between the empty lines that tell a quiet stream from a dead one
	writeTime = 30 * time.Second // after which a reader that takes nothing is given up
)

// events streams a line of JSON for each event that is delivered or refused from now on.
func (f *feed) events(w http.ResponseWriter, r *http.Request) {
	l, leave := f.listen()
	if l == nil {
		http.Error(w, "eight listen already", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for lines := [][]byte{}; ; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		for _, line := range lines {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			lines = [][]byte{{'\n'}}
		case <-l.more:
			lines = l.take()
		}
	}
}
