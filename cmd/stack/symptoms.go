package main

import (
	"fmt"
	"strings"
)

// symptom is what somebody sees when events do not get through, and where it comes from. The README's table is made of these.
type symptom struct {
	// sees is a part of the message, word for word, which comes with a status; or it is in words, when no message says it.
	sees        string
	status      int
	inWords     bool
	cause, cure string
}

// symptoms are looked through in this order.
func symptoms() []symptom {
	const ownSettings = "remove `SINK_URL` and `FORMAT`: with Dispatch's token the forwarder writes what Solo reads"
	return []symptom{
		{"token not recognized", 401, false, "`AUTH_TOKEN` is not this driver's id: it was typed, or the driver made anew", //nolint:misspell // Dispatch's words
			"let Dispatch start the forwarder: delete the event driver, create it again"},
		{
			"unauthenticated for invalid credentials", 401, false, "no cookie came: `SINK_URL` points at Solo, or a proxy took it",
			ownSettings + "; no proxy between",
		},
		{"unsupported media type", 415, false, "CloudEvents 1.0 was sent to Solo", ownSettings},
		{"cloudEventsVersion in body is required", 422, false, "the names of another dialect were sent to Solo", ownSettings},
		{
			"eventType in body should match", 422, false, "an event type with a space or a slash: not of this forwarder, which sends `-` for them",
			"look who else emits",
		},
		{"cannot unmarshal array into Go value of type v1.Emission", 400, false, "an array was sent to Solo, which takes one event a request", ownSettings},
		{"resource does not exist", 404, false, "the sidecar's dialect was sent to Solo: `AUTH_TOKEN` is missing", "let Dispatch start the forwarder, or give it the token"},
		{"'EventType' failed on the 'required' tag", 400, false, "the draft was sent to Dispatch 0.1.19 or later", "remove `format=dispatch-draft`"},
		{"Go struct field CloudEvent.data of type string", 400, false, "this Dispatch is older than 0.1.19", "`--set format=dispatch-draft`"},
		{"Error publishing event", 500, false, "Dispatch's broker is down; the events are held", "look at Dispatch's RabbitMQ or Kafka"},
		{
			"which SINK_URL should be", 0, false, "the receiver redirects, which is not followed: the token is meant for the named host alone",
			"set `SINK_URL` to where it leads",
		},
		{
			"(HTTP_PROXY, HTTPS_PROXY)", 0, false, "the environment's proxy is not there, or lets nothing pass",
			"correct `HTTP_PROXY` or `HTTPS_PROXY`, or name the receiver in `NO_PROXY`",
		},
		{
			"connection refused", 0, false, "nothing listens there; at `localhost:8080` it is the sidecar that is missing",
			"let Dispatch start the forwarder, or correct `DISPATCH_API_ENDPOINT` or `SINK_URL`",
		},
		{"no such host", 0, false, "the receiver's name is wrong, or unknown where the forwarder runs", "correct it; in a container, `localhost` is the container"},
		{"no answer in time", 0, false, "the receiver took longer than `SINK_TIMEOUT`", "relieve it, or raise `SINK_TIMEOUT`"},
		{"certificate", 0, false, "the receiver's certificate is not trusted", "`SINK_CA_FILE`"},
		{"AccessDenied", 0, false, "the secret's AWS key lacks the stack's `forwarder_policy`", "attach it (`make outputs`)"},
		{
			"driver is in `ERROR` (`dispatch get eventdriver`)", 0, true, "its reason says: `err pulling image`, `err getting secrets`, or why its pod does not run",
			"push the image to where Dispatch pulls from, create the secret; then the driver anew",
		},
		{"driver is `READY`, starts over and over", 0, true, "the forwarder ends at once and its container is started again", "its log says why: `docker logs`, `kubectl logs`"},
		{"nothing arrives", 0, true, "no rule matches, no forwarder reads the queue, or it holds the events", "`make status`"},
		{
			"events arrive, the function does not run", 0, true, "the subscription names another event type: it is the `source`, each character but letters, digits, `.` `_` `-` a `-`",
			"subscribe to what `make status` lists; draft: with source type `aws`, too",
		},
	}
}

// explain finds what a message is a symptom of.
func explain(message string) (s symptom, found bool) {
	for _, s := range symptoms() {
		if !s.inWords && strings.Contains(message, s.sees) {
			return s, true
		}
	}
	return symptom{}, false
}

// symptomTable is the README's.
func symptomTable() string {
	var b strings.Builder
	b.WriteString("| what you see | cause | cure |\n|---|---|---|\n")
	for _, s := range symptoms() {
		sees := s.sees
		if !s.inWords {
			sees = "`" + sees + "`"
			if s.status != 0 {
				sees = fmt.Sprint(s.status, " ", sees)
			}
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s |\n", sees, s.cause, s.cure)
	}
	return b.String()
}
