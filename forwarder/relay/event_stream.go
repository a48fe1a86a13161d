package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

const (
	maxListeners = 8
	maxUnread    = 1 << 20 // bytes kept for a listener that reads slower than events come
)

// Line is one line of the stream: an event, the number of events left out because the listener read too slowly, or the
// reason why the stream ends.
type Line struct {
	Fate    string          `json:"fate,omitempty"` // delivered or refused
	Status  int             `json:"status,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type,omitempty"`
	Subject string          `json:"subject,omitempty"`
	Time    time.Time       `json:"time,omitzero"`
	Data    json.RawMessage `json:"data,omitempty"`  // the event; a string if it is not JSON
	Lost    int             `json:"lost,omitempty"`  // how many events were left out here
	Ended   string          `json:"ended,omitempty"` // why this is the last line
}

// feed is a sink that shows listeners the outcome of each event. Without a listener it costs one atomic load.
type feed struct {
	forwarder.Sink
	listening atomic.Int32
	delivered atomic.Int64 // events
	last      atomic.Int64 // when the last of them was, in Unix seconds

	mu        sync.Mutex
	listeners []*listener // in the order in which they connected
}

func newFeed(to forwarder.Sink) *feed { return &feed{Sink: to} }

// Send implements forwarder.Sink. A refused array is not shown: its events are sent again one by one, and are shown
// then.
func (f *feed) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	verdict := f.Sink.Send(ctx, events...)
	if verdict.Fate == sink.Delivered {
		f.delivered.Add(int64(len(events)))
		f.last.Store(time.Now().Unix())
	}
	if f.listening.Load() > 0 && (verdict.Fate == sink.Delivered || verdict.Fate == sink.Refused && len(events) == 1) {
		for _, e := range events {
			f.show(lineOf(e, verdict))
		}
	}
	return verdict
}

// summary says how many events were delivered since the start, and when the last one was.
func (f *feed) summary() string {
	n := f.delivered.Load()
	if n == 0 {
		return "no event"
	}
	return fmt.Sprintf("%d, the last at %s", n, time.Unix(f.last.Load(), 0).UTC().Format(time.RFC3339))
}

func lineOf(e *event.Event, verdict sink.Verdict) []byte {
	line := Line{
		Fate: verdict.Fate.String(), Status: verdict.Status, Reason: verdict.Reason,
		ID: e.ID, Type: e.Type, Subject: e.Subject, Time: e.Time, Data: e.Data,
	}
	if e.ContentType != event.JSON {
		line.Data = encoded(string(e.Data))
	}
	return encoded(line)
}

// encoded returns l as a line of JSON; encoding these values never fails.
func encoded(l any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(l)
	return b.Bytes()
}

// show keeps a line for each listener, or counts it as lost if the listener is too far behind. It never waits.
func (f *feed) show(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.listeners {
		if l.lost > 0 || l.size > 0 && l.size+len(line) > maxUnread {
			l.lost++
		} else {
			l.unread = append(l.unread, line)
			l.size += len(line)
		}
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
}

// take returns the lines that a listener has not read yet, followed by how many were lost.
func (f *feed) take(l *listener) [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := l.unread
	if l.lost > 0 {
		lines = append(lines, encoded(Line{Lost: l.lost}))
	}
	l.unread, l.size, l.lost = nil, 0, 0
	return lines
}

// listen adds a listener. If there are already maxListeners, it ends the oldest, whose reader may have forgotten it, so
// that a new reader is never locked out.
func (f *feed) listen() (l *listener, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.listeners) >= maxListeners {
		close(f.listeners[0].ended)
		f.listeners = slices.Delete(f.listeners, 0, 1)
	}
	l = &listener{more: make(chan struct{}, 1), ended: make(chan struct{})}
	f.listeners = append(f.listeners, l)
	f.listening.Store(int32(len(f.listeners)))
	return l, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.listeners = slices.DeleteFunc(f.listeners, func(one *listener) bool { return one == l })
		f.listening.Store(int32(len(f.listeners)))
	}
}

// listener is what one reader has not read yet; the feed's lock guards it.
type listener struct {
	more  chan struct{} // gets a value when there is something to read
	ended chan struct{} // closed when the listener must end

	unread [][]byte
	size   int
	lost   int
}

const (
	beat      = 15 * time.Second // between the empty lines that tell a quiet stream from a dead one
	writeTime = 30 * time.Second // after which a reader that reads nothing is given up
)

// events streams a line of JSON for each event that is delivered or refused from now on.
func (f *feed) events(w http.ResponseWriter, r *http.Request) {
	if !isLocalHost(r.Host) || !isOwnSite(r.Header) {
		http.Error(
			w, "use the IP address or localhost in the URL; pages of other sites may not read events", http.StatusForbidden,
		)
		return
	}
	l, leave := f.listen()
	defer leave()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the server's is for requests, and would end the stream
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for lines := [][]byte{}; ; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		for _, line := range lines {
			if _, err := w.Write(line); err != nil { // JSON lines, which no browser shows as a page: nosniff
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
			lines = f.take(l)
		case <-l.ended:
			const text = "this stream is the oldest, and a new one has connected: at most %d can be read at the same time"
			_, _ = w.Write(encoded(Line{Ended: fmt.Sprintf(text, maxListeners)}))
			return
		}
	}
}

// isLocalHost reports whether a request names an IP address or localhost, and no other name. A web page whose host name
// was made to resolve to this address (DNS rebinding) would count as the same site in a browser.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
}

// isOwnSite reports whether no page of another site made the request. Such a page could not read the answer, but its
// request could end somebody else's stream.
func isOwnSite(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return h.Get("Origin") == "" && (site == "" || site == "none" || site == "same-origin")
}
