package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

const (
	maxSubscribers = 8
	maxUnread      = 1 << 20 // bytes kept for a subscriber that reads slower than events come
)

// Line is one line of the stream at EVENTS_ADDR/events: an event, the number of events left out because the subscriber
// read too slowly, or the reason why the stream ends.
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

// feed is a sink that shows its subscribers, the programs that read /events, what happens to each event.
type feed struct {
	forwarder.Sink

	mu          sync.Mutex
	subscribers []*subscriber // in the order in which they connected
	delivered   int           // events
	last        time.Time     // when the last of them was delivered
}

// subscriber holds what one program has not read yet; the feed's lock guards it.
type subscriber struct {
	more   chan struct{} // gets a value when there is something to read
	ended  chan struct{} // closed when the subscriber must end
	unread []byte
	lost   int
}

// Send implements forwarder.Sink. A refused array is not shown: its events are sent again one by one, and are shown
// then.
func (f *feed) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	verdict := f.Sink.Send(ctx, events...)
	f.mu.Lock()
	isRead := len(f.subscribers) > 0
	if verdict.Fate == sink.Delivered {
		f.delivered += len(events)
		f.last = time.Now()
	}
	f.mu.Unlock()
	if isRead && (verdict.Fate == sink.Delivered || verdict.Fate == sink.Refused && len(events) == 1) {
		for _, e := range events {
			f.show(lineOf(e, verdict))
		}
	}
	return verdict
}

// summary says how many events were delivered since the start, and when the last one was.
func (f *feed) summary() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.delivered == 0 {
		return "no event"
	}
	return fmt.Sprintf("%d, the last at %s", f.delivered, f.last.UTC().Format(time.RFC3339))
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

// show keeps a line for each subscriber, or counts it as lost if the subscriber is too far behind. It never waits.
func (f *feed) show(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.subscribers {
		if s.lost > 0 || len(s.unread) > 0 && len(s.unread)+len(line) > maxUnread {
			s.lost++
		} else {
			s.unread = append(s.unread, line...)
		}
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

// take returns the lines that a subscriber has not read yet, followed by how many were lost.
func (f *feed) take(s *subscriber) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := s.unread
	if s.lost > 0 {
		lines = append(lines, encoded(Line{Lost: s.lost})...)
	}
	s.unread, s.lost = nil, 0
	return lines
}

// subscribe adds a subscriber. If there are already maxSubscribers, it ends the oldest, which somebody may have
// forgotten, so that a new one is never locked out.
func (f *feed) subscribe() *subscriber {
	s := &subscriber{more: make(chan struct{}, 1), ended: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.subscribers) >= maxSubscribers {
		close(f.subscribers[0].ended)
		f.subscribers = slices.Delete(f.subscribers, 0, 1)
	}
	f.subscribers = append(f.subscribers, s)
	return s
}

func (f *feed) unsubscribe(s *subscriber) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subscribers = slices.DeleteFunc(f.subscribers, func(one *subscriber) bool { return one == s })
}

const (
	heartbeatInterval = 15 * time.Second // between the empty lines that show that the connection still works
	writeTime         = 30 * time.Second // a subscriber that reads nothing for so long is disconnected
)

// stream writes a line of JSON for each event that is delivered or refused from now on.
func (f *feed) stream(w http.ResponseWriter, r *http.Request) {
	// A page of another site could not read the answer, but its request could end somebody else's stream. So a GET is
	// checked like a request that changes something.
	sites := http.NewCrossOriginProtection()
	asPost := &http.Request{Method: http.MethodPost, Host: r.Host, Header: r.Header}
	if !settings.IsAddressOrLocalhost(r.Host) || sites.Check(asPost) != nil {
		http.Error(
			w, "use the IP address or localhost in the URL; pages of other sites may not read events", http.StatusForbidden,
		)
		return
	}
	s := f.subscribe()
	defer f.unsubscribe(s)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the server's deadline is for requests, and would end the stream
	heartbeat := time.Tick(heartbeatInterval)
	for lines := []byte{}; ; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		_, err := w.Write(lines) // no HTML injection: the type is JSON, and nosniff
		if err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-heartbeat:
			lines = []byte{'\n'}
		case <-s.more:
			lines = f.take(s)
		case <-s.ended:
			const text = "this stream is the oldest, and a new one has connected: at most %d can be read at the same time"
			_, _ = w.Write(encoded(Line{Ended: fmt.Sprintf(text, maxSubscribers)}))
			return
		}
	}
}
