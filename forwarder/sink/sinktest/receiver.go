// Package sinktest is a test kit for everything that sends events: receivers that answer as the real ones do, with
// the same statuses and texts. Three are Dispatch's own (Solo, the sidecar, the sidecar of the first releases), one
// accepts CloudEvents 1.0 in every mode. A Receiver is an http.Handler. It records what it accepts and what it refuses,
// and it can be made to fail: with any status, by stalling, by cutting the connection, by answering partly or slowly.
package sinktest

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/internal/reset"
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

// Options set which receiver is imitated, and how.
type Options struct {
	Dialect Dialect
	Token   string // the accepted token: Solo's authToken, or the bearer token of CloudEvents; if empty, any

	// Subscriptions are the accepted event types; Subscribe adds more. For an event without a subscription, Dispatch
	// answers as usual but drops the event. If Subscriptions is nil, every event is accepted.
	Subscriptions []string
	OnRecord      func(Record) // called before the request is answered; calls may overlap; may be nil
	Limit         int          // how many of the latest records are kept; 0 keeps all
}

// Receiver imitates one of the real receivers. Its zero value cannot be used: call New. Many goroutines can use it at
// once.
type Receiver struct {
	Options

	closed context.Context
	close  context.CancelFunc

	mu      sync.Mutex // guards the fields below
	pending []Pending
	records []Record
	counts  Counts
}

// New returns a receiver. Close it before its server is shut down, so that stalled requests end.
func New(o Options) *Receiver {
	o.Subscriptions = slices.Clone(o.Subscriptions)
	r := &Receiver{Options: o}
	r.closed, r.close = context.WithCancel(context.Background())
	return r
}

// Subscribe adds a subscription.
func (r *Receiver) Subscribe(eventType string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Subscriptions = append(r.Subscriptions, eventType)
}

// Close ends every request that stalls. It is safe to call more than once.
func (r *Receiver) Close() { r.close() }

// answer is a dialect's answer to one POST, with the reason if it refuses.
type answer struct {
	status int
	header http.Header
	body   []byte
	reason string
}

// publish passes on one event that has passed every check; an error means that the broker has refused it.
type publish func(Record) error

var errBroker = errors.New("broker is not available")

// ServeHTTP answers as the dialect's real server does, unless a fault is due.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		other(req.Method).write(w)
		return
	}
	r.ServeFault(w, req, r.next())
}

// ServeFault answers a POST with a fault; if that is zero, as the dialect's real server does.
func (r *Receiver) ServeFault(w http.ResponseWriter, req *http.Request, fault Fault) {
	if fault.Kind == Reset {
		r.reject(req, 0, "connection cut before the body was read")
		reset.Connection(w, nil)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil { // the client closed the connection: an answer would not arrive
		r.reject(req, http.StatusBadRequest, "body was cut off: "+err.Error())
		panic(http.ErrAbortHandler)
	}
	var a answer
	switch fault.Kind {
	case Stall:
		r.reject(req, 0, "stalled")
		r.pause(req, math.MaxInt64)
		reset.Connection(w, nil)
		return
	case Status:
		a = fault.answer()
	default:
		a = r.reply(req, body, fault)
	}
	if a.status >= http.StatusMultipleChoices {
		r.reject(req, a.status, a.reason)
	}
	r.send(w, req, fault, a)
}

// reply returns the dialect's answer to a POST.
func (r *Receiver) reply(req *http.Request, body []byte, f Fault) answer {
	published := 0
	publish := func(e Record) error {
		if f.Kind == BrokerDown && published >= f.After {
			return errBroker
		}
		published++
		r.accept(req, e)
		return nil
	}
	switch r.Dialect {
	case Solo:
		return solo(req, body, r.Token, publish)
	case Draft:
		return sidecar[draftEvent](body, publish)
	case CloudEvents:
		return cloudEvents(req, body, r.Token, publish)
	}
	return sidecar[cloudEvent](body, publish)
}

// other answers requests that are not POSTs, which the forwarder never sends. Like the sidecars, it treats any GET as a
// health check.
func other(method string) answer {
	if method == http.MethodGet {
		return answer{status: http.StatusOK}
	}
	return text(http.StatusMethodNotAllowed, "Incorrect method "+method+", POST must be used")
}

func text(status int, reason string) answer {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	return answer{status: status, header: header, body: []byte(reason + "\n"), reason: reason}
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // if the client has closed the connection, nothing can be done
}

// pause waits for d. It returns false if the client's connection or the receiver is closed meanwhile.
func (r *Receiver) pause(req *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-req.Context().Done():
	case <-r.closed.Done():
	}
	return false
}
