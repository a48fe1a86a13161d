package main

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// What the real receivers were seen to answer: each row is a request to the program as it runs, and its answer.
type request struct {
	name, dialect, path string
	header              []string // pairs
	body                string
	status              int
	answer              string // a part of it; with "=" before it, all of it
	accepted            int    // events, as the page counts them
}

const (
	ingest = "/v1/event/ingest?authToken=T"
	draft  = `{"namespace":"dispatchframework.io/aws-event","event-type":"aws.s3","cloud-events-version":"0.1",` +
		`"source-type":"aws","source-id":"s","event-id":"e1","content-type":"application/json","data":"{\"n\":1}"}`
	event10  = `{"specversion":"1.0","type":"aws.s3","source":"dispatch","id":"e1","data":{"n":1}}`
	second   = `"e2"`
	asJSON   = "application/json"
	asEvent  = "application/cloudevents+json"
	asEvents = "application/cloudevents-batch+json"
)

func change(body, old, replacement string) string {
	if !strings.Contains(body, old) {
		panic("no " + old)
	}
	return strings.Replace(body, old, replacement, 1)
}

// bad is an event whose type Dispatch does not accept.
func bad(eventType string) string {
	return change(change(event, `"aws.s3"`, `"`+eventType+`"`), `"e1"`, `"bad"`)
}

// other is the event with another id.
func other(body string) string { return change(body, `"e1"`, second) }

func bearer(contentType string) []string {
	return []string{"Content-Type", contentType, "Authorization", "Bearer T"}
}

var binary = []string{
	"Content-Type", asJSON,
	"Authorization", "Bearer T",
	"Ce-Specversion", "1.0",
	"Ce-Type", "t",
	"Ce-Source", "s",
	"Ce-Id", "e1",
}

// toSolo are requests to Dispatch Solo; where they name no path and no header, they are those of its client.
var toSolo = []request{
	{
		name:     "as Dispatch's client",
		body:     event,
		status:   200,
		answer:   "=" + event + "\n",
		accepted: 1,
	},
	{
		name:     "authorization for a cookie",
		header:   []string{"Content-Type", asJSON, "Authorization", "x"},
		body:     event,
		status:   200,
		answer:   "=" + event + "\n",
		accepted: 1,
	},
	{
		name:   "the sidecar's path",
		path:   "/",
		body:   event,
		status: 404,
		answer: `={"code":404,"message":"resource does not exist"}` + "\n",
	},
	{
		name:     "a slash at the end",
		path:     "/v1/event/ingest/?authToken=T",
		body:     event,
		status:   200,
		answer:   "=" + event + "\n",
		accepted: 1,
	},
	{
		name:     "two slashes",
		path:     "/v1/event//ingest?authToken=T",
		body:     event,
		status:   200,
		answer:   "=" + event + "\n",
		accepted: 1,
	},
	{
		name:   "neither cookie nor authorization",
		header: []string{"Content-Type", asJSON},
		body:   event,
		status: 401,
		answer: "unauthenticated for invalid credentials",
	},
	{
		name:   "unknown token",
		path:   "/v1/event/ingest?authToken=x",
		body:   event,
		status: 401,
		answer: "token not recognized", //nolint:misspell // Dispatch's words
	},
	{
		name:   "CloudEvents 1.0",
		header: []string{"Content-Type", asEvent, "Cookie", "unset"},
		body:   event10,
		status: 415,
		answer: "unsupported media type",
	},
	{
		name:   "names of 1.0",
		body:   event10,
		status: 422,
		answer: "cloudEventsVersion in body is required",
	},
	{
		name:   "an array",
		body:   "[" + event + "]",
		status: 400,
		answer: "cannot unmarshal array",
	},
	{
		name:   "type with a space",
		body:   bad("aws s3"),
		status: 422,
		answer: `eventType in body should match '^[\\w\\d\\-\\.]+$'`,
	},
	{
		name:   "type with a slash",
		body:   bad("aws/s3"),
		status: 422,
		answer: "eventType in body should match",
	},
	{
		name:   "type of 129",
		body:   bad(strings.Repeat("a", 129)),
		status: 422,
		answer: "eventType in body",
	},
	{
		name:   "empty extensions",
		body:   change(event, `"data"`, `"extensions":{},"data"`),
		status: 400,
		answer: "'Extensions'",
	},
}

// toSidecar are requests to the sidecar of a driver.
var toSidecar = []request{
	{
		name:     "one",
		body:     event,
		status:   201,
		answer:   "=",
		accepted: 1,
	},
	{
		name:     "an array",
		body:     "[" + event + "," + other(event) + "]",
		status:   201,
		answer:   "=",
		accepted: 2,
	},
	{
		name:     "one after another",
		body:     event + other(event),
		status:   201,
		answer:   "=",
		accepted: 2,
	},
	{
		name:     "the second is invalid",
		body:     "[" + event + "," + bad("a b") + "," + other(event) + "]",
		status:   400,
		answer:   "Error validating event with ID bad",
		accepted: 1,
	},
	{
		name:   "names of the draft",
		body:   draft,
		status: 400,
		answer: "'EventType' failed on the 'required' tag",
	},
}

// toDraftSidecar are requests to a sidecar that speaks the draft.
var toDraftSidecar = []request{
	{
		name:     "one",
		body:     draft,
		status:   201,
		answer:   "=",
		accepted: 1,
	},
	{
		name:     "an array",
		body:     "[" + draft + "," + other(draft) + "]",
		status:   201,
		answer:   "=",
		accepted: 2,
	},
	{
		name:   "source type of 33",
		body:   change(draft, `"aws"`, `"`+strings.Repeat("a", 33)+`"`),
		status: 400,
		answer: "'SourceType' failed on the 'max' tag",
	},
	{
		name:   "source id of 65",
		body:   change(draft, `"s"`, `"`+strings.Repeat("a", 65)+`"`),
		status: 400,
		answer: "'SourceID' failed on the 'max' tag",
	},
	{
		name:   "names of 0.1",
		body:   event,
		status: 400,
		answer: "Error parsing input",
	},
}

// toCloudEvents are requests to a receiver of CloudEvents 1.0; where they name no header, it is that of one event.
var toCloudEvents = []request{
	{
		name:     "structured",
		body:     event10,
		status:   202,
		answer:   "=",
		accepted: 1,
	},
	{
		name:     "binary",
		header:   binary,
		body:     `{"n":1}`,
		status:   202,
		answer:   "=",
		accepted: 1,
	},
	{
		name:     "batch",
		header:   bearer(asEvents),
		body:     "[" + event10 + "," + other(event10) + "]",
		status:   202,
		answer:   "=",
		accepted: 2,
	},
	{
		name:   "an array that says to be one event",
		body:   "[" + event10 + "]",
		status: 400,
	},
	{
		name:   "plain JSON",
		header: bearer(asJSON),
		body:   event10,
		status: 415,
		answer: "no CloudEvent",
	},
	{
		name:   "names of 0.1",
		body:   event,
		status: 400,
	},
	{
		name:   "unknown token",
		header: []string{"Content-Type", asEvent, "Authorization", "Bearer x"},
		body:   event10,
		status: 401,
		answer: "bearer token",
	},
}

func contract() []request {
	required := []request{}
	for _, field := range []string{"namespace", "event-type", "source-type", "source-id", "event-id"} {
		required = append(required, request{
			name:   "without " + field,
			body:   change(draft, `"`+field+`":`, `"x":`),
			status: 400,
			answer: "failed on the 'required' tag",
		})
	}
	return slices.Concat(
		to("solo", ingest, []string{"Content-Type", asJSON, "Cookie", "unset"}, toSolo),
		to("sidecar", "/", nil, toSidecar),
		to("sidecar-draft", "/", nil, toDraftSidecar),
		to("sidecar-draft", "/", nil, required),
		to("cloudevents", "/", bearer(asEvent), toCloudEvents),
	)
}

// to completes requests that speak a dialect with a path and a header where they have none.
func to(dialect, path string, header []string, requests []request) []request {
	complete := slices.Clone(requests)
	for i := range complete {
		r := &complete[i]
		r.dialect = dialect
		r.path = cmp.Or(r.path, path)
		if r.header == nil {
			r.header = header
		}
	}
	return complete
}

func TestAnswersAsTheContractSays(t *testing.T) {
	for _, c := range contract() {
		t.Run(c.dialect+" "+c.name, func(t *testing.T) {
			url, lines := started(t, "--dialect", c.dialect, "--token", "T")
			unread(lines)
			status, answer := ask(t, http.MethodPost, url+c.path, c.body, c.header...)
			if status != c.status {
				t.Errorf("answered %d, want %d: %s", status, c.status, answer)
			}
			all, exact := strings.CutPrefix(c.answer, "=")
			if exact && answer != all || !exact && !strings.Contains(answer, c.answer) {
				t.Errorf("answered %q, want %q", answer, c.answer)
			}
			want := sinktest.Counts{Accepted: c.accepted, Distinct: c.accepted}
			if c.status >= 300 {
				want.Rejected = 1
			}
			if got := askState(t, url, "").Counts; got != want {
				t.Errorf("counted %+v", got)
			}
			if status, answer := ask(t, http.MethodGet, url+"/", ""); status != 200 || answer != "" {
				t.Errorf("health: %d %s", status, answer)
			}
		})
	}
}

// A broker that refuses is answered with 500, and what came before it is out.
func TestBrokerThatRefuses(t *testing.T) {
	url, lines := started(t, "--dialect", "sidecar")
	unread(lines)
	ask(t, http.MethodPost, url+"/fail?kind=broker-down&after=1", "")
	status, answer := ask(t, http.MethodPost, url+"/", "["+event+","+change(event, `"e1"`, second)+"]")
	if status != 500 || !strings.Contains(answer, "Error publishing event with ID e2") {
		t.Errorf("answered %d %s", status, answer)
	}
	if got := askState(t, url, "").Counts; got != (sinktest.Counts{Accepted: 1, Distinct: 1, Rejected: 1}) {
		t.Errorf("counted %+v", got)
	}
}
