// Package sinktest is a test kit for everything that sends events: receivers that answer as the real ones do, with
// the same statuses and texts. Three are Dispatch's own (Solo, the sidecar, the sidecar of the first releases), one
// accepts CloudEvents 1.0 in every mode. A Receiver is an http.Handler. It records what it accepts and what it refuses,
// and it can be made to fail: with any status, by stalling, by cutting the connection, by answering partly or slowly.
package sinktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Dialect names the receiver that is imitated.
type Dialect string

// The receivers.
const (
	// Solo is Dispatch Solo: POST /v1/event/ingest?authToken=…, one CloudEvents 0.1 event a request, answered with 200
	// and the event.
	Solo Dialect = "solo"
	// Sidecar is Dispatch 0.1.19 to 0.1.24: POST /, an event, an array or events one after another, answered with 201.
	Sidecar Dialect = "sidecar"
	// Draft is the sidecar up to 0.1.18, which speaks the draft before CloudEvents 0.1.
	Draft Dialect = "sidecar-draft"
	// CloudEvents is a CloudEvents 1.0 receiver: structured, binary and batched, answered with 202.
	CloudEvents Dialect = "cloudevents"
)

// Receiver imitates one of the real receivers. Many goroutines can use it at once. A request that stalls ends when the
// client or the server closes its connection.
type Receiver struct {
	Dialect Dialect // Sidecar if empty
	Token   string  // the accepted token: Solo's authToken, or the bearer token of CloudEvents; if empty, any

	// Subscriptions are the accepted event types. For an event without a subscription, Dispatch answers as usual but
	// drops the event. If Subscriptions is nil, every event is accepted. It may be changed between two requests.
	Subscriptions []string
	OnRecord      func(Record) // called before the request is answered; calls may overlap; may be nil
	Limit         int          // how many of the latest records are kept; 0 keeps all

	mu      sync.Mutex // guards the fields below
	pending []Fault
	records []Record
	counts  Counts
}

// answer is a dialect's answer to one POST, with the reason if it refuses.
type answer struct {
	status int
	header http.Header
	body   []byte
	reason string
}

// publish passes on one event that has passed every check; an error means that the broker has refused it.
type publish func(Record) error

// ServeHTTP answers as the dialect's real server does, unless a fault is due. The forwarder sends POSTs only. Like the
// sidecars, the receiver treats any GET as a health check.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch req.Method {
	case http.MethodPost:
		r.ServeFault(w, req, r.next())
	case http.MethodGet:
		w.WriteHeader(http.StatusOK)
	default:
		http.Error(w, "Incorrect method "+req.Method+", POST must be used", http.StatusMethodNotAllowed)
	}
}

// ServeFault answers a POST with a fault; if that is zero, as the dialect's real server does.
func (r *Receiver) ServeFault(w http.ResponseWriter, req *http.Request, f Fault) {
	var body []byte
	if f.Kind != Reset {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil { // the client closed the connection: an answer would not arrive
			r.record(req, refusal(http.StatusBadRequest, "body was cut off: "+err.Error()))
			panic(http.ErrAbortHandler)
		}
	}
	a := r.reply(req, body, f)
	if a.status == 0 || a.status >= http.StatusMultipleChoices {
		r.record(req, refusal(a.status, a.reason))
	}
	f.send(w, req, a)
}

// reply returns the answer to a POST: the dialect's, unless a fault comes before it.
func (r *Receiver) reply(req *http.Request, body []byte, f Fault) answer {
	publish := func(e Record) error {
		if f.Kind == BrokerDown && f.After == 0 {
			return errors.New("broker is not available")
		}
		f.After--
		r.record(req, e)
		return nil
	}
	switch {
	case f.Kind == Reset:
		return answer{reason: "connection cut before the body was read"}
	case f.Kind == Stall:
		return answer{reason: "stalled"}
	case f.Kind == Status:
		return f.answer()
	case r.Dialect == Solo:
		return solo(req, body, r.Token, publish)
	case r.Dialect == Draft:
		return sidecar[draftEvent](body, publish)
	case r.Dialect == CloudEvents:
		return cloudEvents(req, body, r.Token, publish)
	}
	return sidecar[cloudEvent](body, publish)
}

func text(status int, reason string) answer {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	return answer{status: status, header: header, body: []byte(reason + "\n"), reason: reason}
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // if the client has closed the connection, nothing can be done
}

// pause waits for d. It returns false if the connection is closed meanwhile.
func pause(req *http.Request, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(req.Context(), d)
	defer cancel()
	<-ctx.Done()
	return req.Context().Err() == nil
}

// Record is an event that was accepted or dropped, or a request that was refused, by the dialect's rules or by a fault.
type Record struct {
	Seq     int         `json:"seq"` // counts from 1
	At      time.Time   `json:"at"`
	Header  http.Header `json:"-"`
	Refused bool        `json:"-"`
	Status  int         `json:"status,omitempty"` // of a refusal: 0 without any answer, 200 if the event was dropped
	Reason  string      `json:"reason,omitempty"` // of a refusal

	ID          string         `json:"id,omitempty"`
	Type        string         `json:"type,omitempty"`
	Source      string         `json:"source,omitempty"`
	Subject     string         `json:"subject,omitempty"` // in the Dispatch dialects: the extension with that name
	Time        time.Time      `json:"time,omitzero"`
	ContentType string         `json:"-"`
	Data        []byte         `json:"-"` // as received, usually JSON; for Draft, the contents of the string
	Extensions  map[string]any `json:"-"`
	Mode        string         `json:"mode,omitempty"` // CloudEvents only: structured, binary or batch
	Copy        int            `json:"copy,omitempty"` // how many events kept before it have the same id
}

// Counts are the numbers of events and requests since a Receiver was created.
type Counts struct {
	Accepted int // events, duplicates included
	Distinct int // events by id
	Rejected int // requests refused or cut, and events dropped
}

func refusal(status int, reason string) Record {
	return Record{Refused: true, Status: status, Reason: reason}
}

// record keeps what was accepted or refused. An event without a subscription is refused.
func (r *Receiver) record(req *http.Request, e Record) {
	r.mu.Lock()
	if !e.Refused && r.Subscriptions != nil && !slices.Contains(r.Subscriptions, e.Type) {
		e = refusal(http.StatusOK, "dropped: there is no subscription for "+e.Type)
	}
	e.Header, e.At = req.Header.Clone(), time.Now()
	if e.Refused {
		r.counts.Rejected++
	} else {
		r.counts.Accepted++
		for i := range r.records {
			if r.records[i].ID == e.ID { // a refusal has no ID, but every event has one
				e.Copy++
			}
		}
		if e.Copy == 0 {
			r.counts.Distinct++
		}
	}
	e.Seq = r.counts.Accepted + r.counts.Rejected
	r.records = append(r.records, e)
	if r.Limit > 0 && len(r.records) > r.Limit {
		r.records = slices.Delete(r.records, 0, 1)
	}
	r.mu.Unlock()
	if r.OnRecord != nil {
		r.OnRecord(e)
	}
}

// Records returns all kept records in the order in which they came.
func (r *Receiver) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

// Events returns the accepted events in the order in which they came, including duplicates.
func (r *Receiver) Events() []Record {
	return slices.DeleteFunc(r.Records(), func(e Record) bool { return e.Refused })
}

// Counts returns the counts so far.
func (r *Receiver) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Wait blocks until n distinct events have been accepted or the context ends; the error says how many there were.
func (r *Receiver) Wait(ctx context.Context, n int) error {
	for {
		distinct := r.Counts().Distinct
		if distinct >= n {
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("wait for %d events, %d came: %w", n, distinct, ctx.Err())
		}
	}
}
