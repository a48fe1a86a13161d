package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
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
	ingest   = "/v1/event/ingest?authToken=T"
	draft    = `{"namespace":"dispatchframework.io/aws-event","event-type":"aws.s3","cloud-events-version":"0.1","source-type":"aws","source-id":"s","event-id":"e1","content-type":"application/json","data":"{\"n\":1}"}`
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

func contract() []request {
	solo := []string{"Content-Type", asJSON, "Cookie", "unset"}
	bad := func(typ string) string { return change(change(event, `"aws.s3"`, `"`+typ+`"`), `"e1"`, `"bad"`) }
	other := func(body string) string { return change(body, `"e1"`, second) }
	binary := []string{"Content-Type", asJSON, "Authorization", "Bearer T", "Ce-Specversion", "1.0", "Ce-Type", "t", "Ce-Source", "s", "Ce-Id", "e1"}
	bearer := func(contentType string) []string {
		return []string{"Content-Type", contentType, "Authorization", "Bearer T"}
	}
	rows := []request{
		{"as Dispatch's client", "solo", ingest, solo, event, 200, "=" + event + "\n", 1},
		{"authorization for a cookie", "solo", ingest, []string{"Content-Type", asJSON, "Authorization", "x"}, event, 200, "=" + event + "\n", 1},
		{"the sidecar's path", "solo", "/", solo, event, 404, `={"code":404,"message":"resource does not exist"}` + "\n", 0},
		{"a slash at the end", "solo", "/v1/event/ingest/?authToken=T", solo, event, 200, "=" + event + "\n", 1},
		{"two slashes", "solo", "/v1/event//ingest?authToken=T", solo, event, 200, "=" + event + "\n", 1},
		{"neither cookie nor authorization", "solo", ingest, []string{"Content-Type", asJSON}, event, 401, "unauthenticated for invalid credentials", 0},
		{"unknown token", "solo", "/v1/event/ingest?authToken=x", solo, event, 401, "token not recognized", 0}, //nolint:misspell // Dispatch's words
		{"CloudEvents 1.0", "solo", ingest, []string{"Content-Type", asEvent, "Cookie", "unset"}, event10, 415, "unsupported media type", 0},
		{"names of 1.0", "solo", ingest, solo, event10, 422, "cloudEventsVersion in body is required", 0},
		{"an array", "solo", ingest, solo, "[" + event + "]", 400, "cannot unmarshal array", 0},
		{"type with a space", "solo", ingest, solo, bad("aws s3"), 422, `eventType in body should match '^[\\w\\d\\-\\.]+$'`, 0},
		{"type with a slash", "solo", ingest, solo, bad("aws/s3"), 422, "eventType in body should match", 0},
		{"type of 129", "solo", ingest, solo, bad(strings.Repeat("a", 129)), 422, "eventType in body", 0},
		{"empty extensions", "solo", ingest, solo, change(event, `"data"`, `"extensions":{},"data"`), 400, "'Extensions'", 0},

		{"one", "sidecar", "/", nil, event, 201, "=", 1},
		{"an array", "sidecar", "/", nil, "[" + event + "," + other(event) + "]", 201, "=", 2},
		{"one after another", "sidecar", "/", nil, event + other(event), 201, "=", 2},
		{"the second is invalid", "sidecar", "/", nil, "[" + event + "," + bad("a b") + "," + other(event) + "]", 400, "Error validating event with ID bad", 1},
		{"names of the draft", "sidecar", "/", nil, draft, 400, "'EventType' failed on the 'required' tag", 0},

		{"one", "sidecar-draft", "/", nil, draft, 201, "=", 1},
		{"an array", "sidecar-draft", "/", nil, "[" + draft + "," + other(draft) + "]", 201, "=", 2},
		{"source type of 33", "sidecar-draft", "/", nil, change(draft, `"aws"`, `"`+strings.Repeat("a", 33)+`"`), 400, "'SourceType' failed on the 'max' tag", 0},
		{"source id of 65", "sidecar-draft", "/", nil, change(draft, `"s"`, `"`+strings.Repeat("a", 65)+`"`), 400, "'SourceID' failed on the 'max' tag", 0},
		{"names of 0.1", "sidecar-draft", "/", nil, event, 400, "Error parsing input", 0},

		{"structured", "cloudevents", "/", bearer(asEvent), event10, 202, "=", 1},
		{"binary", "cloudevents", "/", binary, `{"n":1}`, 202, "=", 1},
		{"batch", "cloudevents", "/", bearer(asEvents), "[" + event10 + "," + other(event10) + "]", 202, "=", 2},
		{"an array that says to be one event", "cloudevents", "/", bearer(asEvent), "[" + event10 + "]", 400, "", 0},
		{"plain JSON", "cloudevents", "/", bearer(asJSON), event10, 415, "no CloudEvent", 0},
		{"names of 0.1", "cloudevents", "/", bearer(asEvent), event, 400, "", 0},
		{"unknown token", "cloudevents", "/", []string{"Content-Type", asEvent, "Authorization", "Bearer x"}, event10, 401, "bearer token", 0},
	}
	for _, field := range []string{"namespace", "event-type", "source-type", "source-id", "event-id"} {
		missing := change(draft, `"`+field+`":`, `"x":`)
		rows = append(rows, request{"without " + field, "sidecar-draft", "/", nil, missing, 400, "failed on the 'required' tag", 0})
	}
	return rows
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
			if all, exact := strings.CutPrefix(c.answer, "="); exact && answer != all || !exact && !strings.Contains(answer, c.answer) {
				t.Errorf("answered %q, want %q", answer, c.answer)
			}
			refused := 0
			if c.status >= 300 {
				refused = 1
			}
			until(t, follow(t, url, ""), fmt.Sprintf(`counts {"events":%d,"duplicates":0,"rejected":%d}`, c.accepted, refused))
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
	until(t, follow(t, url, ""), `counts {"events":1,"duplicates":0,"rejected":1}`)
}
