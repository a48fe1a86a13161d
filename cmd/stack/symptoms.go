package main

import (
	"fmt"
	"slices"
	"strings"
)

// symptom is what somebody sees when events do not get through, and where it comes from. The table in
// examples/dispatch/README.md is made of these.
type symptom struct {
	// sees is a part of the message, word for word, which comes with a status; or it is in words, when no message says it.
	sees        string
	status      int
	inWords     bool
	cause, cure string
}

// symptoms are looked through in this order.
func symptoms() []symptom {
	return slices.Concat(refusalsOfSolo(), refusalsOfSidecars(), failures(), seenInDispatch())
}

func refusalsOfSolo() []symptom {
	const ownSettings = "remove `SINK_URL` and `FORMAT`: with Dispatch's token the forwarder writes what Solo reads"
	return []symptom{
		{
			"token not recognized", 401, false, //nolint:misspell // Dispatch's words
			"Dispatch has no driver with this `AUTH_TOKEN`: it was typed, or Solo lost its database " +
				"and the old driver's container goes on by itself",
			"remove the container (`docker ps --filter label=dispatch-eventdriver-id`, `docker rm " +
				"--force CONTAINER`); in the new Solo go through all steps in their order, from the secret to the driver",
		},
		{
			"unauthenticated for invalid credentials", 401, false,
			"no cookie came: `SINK_URL` points at Solo, or a proxy took it",
			ownSettings + "; no proxy between",
		},
		{"unsupported media type", 415, false, "CloudEvents 1.0 was sent to Solo", ownSettings},
		{"cloudEventsVersion in body is required", 422, false, "the names of another dialect were sent to Solo", ownSettings},
		{
			"eventType in body should match", 422, false,
			"an event type with a space or a slash: not of this forwarder, which sends `-` for them",
			"look who else emits",
		},
		{
			"cannot unmarshal array into Go value of type v1.Emission", 400, false,
			"an array was sent to Solo, which takes one event a request", ownSettings,
		},
		{
			"resource does not exist", 404, false,
			"the sidecar's dialect was sent to Solo: `AUTH_TOKEN` is missing",
			"let Dispatch start the forwarder",
		},
	}
}

func refusalsOfSidecars() []symptom {
	return []symptom{
		{
			"'EventType' failed on the 'required' tag", 400, false,
			"the draft was sent to Dispatch 0.1.19 or later", "remove `format=dispatch-draft`",
		},
		{
			"Go struct field CloudEvent.data of type string", 400, false,
			"this Dispatch is older than 0.1.19", "`--set format=dispatch-draft`",
		},
		{
			"Error publishing event", 500, false,
			"Dispatch's broker is down, or was: the sidecar never connects to RabbitMQ again; the " +
				"events are held",
			"look at Dispatch's RabbitMQ or Kafka, then restart the pod: `kubectl --namespace " +
				"dispatch delete pod -l app=event-driver`",
		},
	}
}

// failures are those of no receiver in particular.
func failures() []symptom {
	return []symptom{
		{
			"which SINK_URL should be", 0, false,
			"the receiver redirects, which is not followed: the token is meant for the named host " +
				"alone",
			"set `SINK_URL` to where it leads",
		},
		{
			"(HTTP_PROXY, HTTPS_PROXY)", 0, false, "the environment's proxy is not there, or lets nothing pass",
			"correct `HTTP_PROXY` or `HTTPS_PROXY`, or name the receiver in `NO_PROXY`",
		},
		{
			"localhost:8080: connect: connection refused", 0, false,
			"(`127.0.0.1` or `[::1]` in the message) Dispatch gave the driver no address: Solo runs " +
				"without `--events-gateway`; on Kubernetes, the sidecar is not up",
			"start Solo with `--events-gateway HOST:8080` and a `--host` that containers reach, and wait for 20 s; or " +
				"give the driver `--set dispatch-api-endpoint=HOST:8080`. Either way `dispatch delete eventdriver` and, " +
				"when it is gone, `dispatch create eventdriver`: its container keeps the address that it got",
		},
		{
			"connection refused", 0, false, "nothing listens there: Dispatch is down, or the address is wrong",
			"start Dispatch, nothing is lost; or correct `SINK_URL`, `DISPATCH_API_ENDPOINT` or Solo's " +
				"`--events-gateway`, and then delete and create the driver",
		},
		{
			"no such host", 0, false,
			"the receiver's name is wrong, or unknown where the forwarder runs",
			"correct it; in a container, `localhost` is the container",
		},
		{
			"no answer in time", 0, false, "the receiver took longer than `SINK_TIMEOUT`", "relieve it, or raise `SINK_TIMEOUT`",
		},
		{"certificate", 0, false, "the receiver's certificate is not trusted", "`SINK_CA_FILE`"},
		{
			"AccessDenied", 0, false,
			"the secret's AWS key lacks the stack's `forwarder_policy`",
			"attach it (`make outputs`)",
		},
	}
}

// seenInDispatch are those that no message of the forwarder speaks of.
func seenInDispatch() []symptom {
	return []symptom{
		{
			"driver is in `ERROR` (`dispatch get eventdriver`)",
			0, true,
			"its reason says: `err pulling image`, `err getting secrets`, or why its pod does not run",
			"push the image to where Dispatch pulls from (Solo pulls even what its engine has), " +
				"create the secret; then `dispatch delete eventdriver` and, when it is gone, `dispatch " +
				"create eventdriver`: the subscriptions stay as they are",
		},
		{
			"driver is `READY`, starts over and over", 0, true,
			"the forwarder ends at once and its container is started again",
			"its log says why: `docker logs`, `kubectl logs`",
		},
		{
			"nothing arrives", 0, true,
			"no rule matches, no forwarder reads the queue, or it holds the events",
			"`make status`",
		},
		{
			"a new image changes nothing", 0, true, "`apply` changes the driver's type, not the driver that runs",
			"`dispatch delete eventdriver`, and when it is gone create it, or apply the driver's file",
		},
		{
			"delivered, and no function runs", 0, true,
			"no subscription of that type when the event came, or its function was not READY: Solo " +
				"answers 200 and drops it. It is the `source`, each character but letters, digits, `.` " +
				"`_` `-` a `-`",
			"subscribe to what `make status` lists, before the driver; up to 0.1.18 with `--source-type aws`",
		},
		{
			"delivered, and no function runs any more", 0, true,
			"subscriptions were applied a second time, or one of two of a type deleted: Solo drops " +
				"all events of the type, its log fills with `[Code: 602] cloudEventsVersion in body is " +
				"required`, `dispatch get subscriptions` says READY",
			"restart Solo as above",
		},
		{
			"the function runs for some of the events", 0, true, "two subscriptions of one type share its events",
			"one subscription a type; a second function is called by the first. Stop the driver's " +
				"container, then delete one, then restart Solo as above: what comes in between would be dropped",
		},
		{
			"events around a restart of Solo are missing", 0, true,
			"Solo knows its subscriptions up to 20 s after its start, and drops what comes before",
			"restart it as above",
		},
	}
}

// explain finds what a message is a symptom of.
func explain(message string) (s symptom, found bool) {
	message = strings.NewReplacer("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost:8080").Replace(message)
	for _, s := range symptoms() {
		if !s.inWords && strings.Contains(message, s.sees) {
			return s, true
		}
	}
	return symptom{}, false
}

// symptomTable is that of examples/dispatch/README.md.
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
