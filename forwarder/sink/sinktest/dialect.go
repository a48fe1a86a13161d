package sinktest

import "net/http"

// Dialect names the receiver that is played.
type Dialect string

// The receivers.
const (
	// Solo is Dispatch Solo: POST /v1/event/ingest?authToken=…, one CloudEvents 0.1 event a request, answered with 200 and
	// the event.
	Solo Dialect = "solo"
	// Sidecar is Dispatch 0.1.19 to 0.1.24: POST /, an event, an array or events one after another, answered with 201.
	Sidecar Dialect = "sidecar"
	// Draft is the sidecar up to 0.1.18, which speaks the draft before CloudEvents 0.1.
	Draft Dialect = "sidecar-draft"
	// CloudEvents is a strict CloudEvents 1.0 receiver: structured, binary and batched, answered with 202.
	CloudEvents Dialect = "cloudevents"
)

// publish hands over one event that has passed every check; an error is a broker that refuses.
type publish func(Received) error

// answer is what a dialect makes of one POST, and why when it refuses.
type answer struct {
	status int
	header http.Header
	body   []byte
	reason string
}

func (r *Receiver) reply(req *http.Request, body []byte, pub publish) answer {
	switch r.dialect {
	case Solo:
		return r.solo(req, body, pub)
	case Draft:
		return sidecar(body, parseEvents[draftEvent], pub)
	case CloudEvents:
		return r.cloudEvents(req, body, pub)
	default:
		return sidecar(body, parseEvents[cloudEvent], pub)
	}
}

func text(status int, reason string) answer {
	h := http.Header{}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	return answer{status: status, header: h, body: []byte(reason + "\n"), reason: reason}
}
