package sinktest

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/internal/reset"
)

// Receiver is one of the real receivers, played. Its zero value is of no use: call New. It may be used by many
// goroutines at once.
type Receiver struct {
	dialect  Dialect
	tokens   []string
	limit    int
	onEvent  func(Received)
	onReject func(Rejection)
	wanted   *sync.Map // event types with a subscription; nil: all
	closed   chan struct{}
	once     sync.Once

	faults faults
	log    record
}

// Option changes a Receiver that is being made.
type Option func(*Receiver)

// WithToken names the tokens that are known: Solo's authToken, the bearer token of CloudEvents. Without it any is.
func WithToken(tokens ...string) Option {
	return func(r *Receiver) { r.tokens = append(r.tokens, tokens...) }
}

// OnEvent is called with every accepted event, duplicates too, before its request is answered. Calls may overlap.
func OnEvent(f func(Received)) Option { return func(r *Receiver) { r.onEvent = f } }

// OnReject is called with every refused request before it is answered. Calls may overlap.
func OnReject(f func(Rejection)) Option { return func(r *Receiver) { r.onReject = f } }

// WithSubscriptions makes the receiver treat an event that has no subscription as Dispatch does: it answers as ever,
// and drops the event, which OnReject gets with the status 200. Subscribe adds subscriptions; without this option every
// event is wanted.
func WithSubscriptions(eventTypes ...string) Option {
	return func(r *Receiver) {
		r.wanted = new(sync.Map)
		for _, t := range eventTypes {
			r.Subscribe(t)
		}
	}
}

// Subscribe adds a subscription to a receiver that has WithSubscriptions.
func (r *Receiver) Subscribe(eventType string) { r.wanted.Store(eventType, true) }

// WithFaults asks f at every POST what goes wrong with it. What Fault has queued comes first.
func WithFaults(f func(*http.Request) Fault) Option {
	return func(r *Receiver) { r.faults.ask = f }
}

// WithLimit keeps the latest n events and the latest n rejections only, for receivers that run for long; duplicates
// are recognised among those.
func WithLimit(n int) Option { return func(r *Receiver) { r.limit = n } }

// New makes a receiver. Close it to let go of stalled requests before its server is shut down.
func New(d Dialect, options ...Option) *Receiver {
	r := &Receiver{dialect: d, closed: make(chan struct{})}
	r.log.copies, r.log.changed = map[string]int{}, make(chan struct{})
	for _, o := range options {
		o(r)
	}
	return r
}

// Dialect tells which receiver is played.
func (r *Receiver) Dialect() Dialect { return r.dialect }

// Close ends every request that stalls. It is safe to call more than once.
func (r *Receiver) Close() { r.once.Do(func() { close(r.closed) }) }

// ServeHTTP answers as the dialect's real server does, unless a fault is due.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		r.other(req).write(w)
		return
	}
	r.log.request()
	fault := r.faults.next(req)
	if fault.Kind == Reset {
		r.reject(req, 0, "connection cut before the body was read")
		reset.Connection(w, nil)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil { // the client has gone, or broke off: nobody hears an answer
		r.reject(req, http.StatusBadRequest, "body was cut off: "+err.Error())
		panic(http.ErrAbortHandler)
	}
	if !r.instead(w, req, fault) {
		return
	}
	published := 0
	a := r.reply(req, body, func(e Received) error {
		if fault.Kind == BrokerDown && published >= fault.After {
			return errBroker
		}
		published++
		if r.wants(e.Type) {
			r.accept(req, e)
		} else {
			r.reject(req, http.StatusOK, "dropped: there is no subscription for "+e.Type)
		}
		return nil
	})
	if a.status >= http.StatusMultipleChoices {
		r.reject(req, a.status, a.reason)
	}
	r.after(w, req, fault, a)
}

var errBroker = errors.New("broker is not available")

// other is what is no POST, which the forwarder does not send: the sidecars take any GET for a health check, and the
// root of all others is this receiver's own.
func (r *Receiver) other(req *http.Request) answer {
	sidecar := r.dialect == Sidecar || r.dialect == Draft
	switch {
	case req.Method == http.MethodGet && (sidecar || req.URL.Path == "/"):
		return answer{status: http.StatusOK}
	case sidecar:
		return text(http.StatusMethodNotAllowed, "Incorrect method "+req.Method+", POST must be used")
	}
	return text(http.StatusNotImplemented, "only POST is played here")
}

func (r *Receiver) wants(eventType string) bool {
	if r.wanted == nil {
		return true
	}
	_, found := r.wanted.Load(eventType)
	return found
}

func (r *Receiver) accept(req *http.Request, e Received) {
	e.Dialect, e.Header, e.At = r.dialect, req.Header.Clone(), time.Now()
	e = r.log.accept(e, r.limit)
	if r.onEvent != nil {
		r.onEvent(e)
	}
}

func (r *Receiver) reject(req *http.Request, status int, reason string) {
	j := Rejection{Status: status, Reason: reason, Header: req.Header.Clone(), At: time.Now()}
	r.log.reject(j, r.limit)
	if r.onReject != nil {
		r.onReject(j)
	}
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may have gone: nothing to be done about it
}
