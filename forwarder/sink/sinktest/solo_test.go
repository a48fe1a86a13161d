package sinktest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const soloEvent = `{"eventType":"aws.s3","cloudEventsVersion":"0.1","source":"dispatch","eventID":"e1",` +
	`"eventTime":"2026-11-22T05:30:00Z","contentType":"application/json","extensions":{"subject":"images/a.png"},` +
	`"data":{"id":"e1","detail":{"n":9007199254740993}}}`

func with(event, old, replacement string) string {
	if !strings.Contains(event, old) {
		panic("test event has no " + old)
	}
	return strings.Replace(event, old, replacement, 1)
}

const typePattern = `eventType in body should match '^[\\w\\d\\-\\.]+$'`

var soloRequests = []row{
	{name: "as Dispatch's own client sends it", body: soloEvent, status: 200, exact: soloEvent + "\n", ids: "e1"},
	{
		name: "authorization instead of a cookie", header: h("Cookie", "", "Authorization", "x"), body: soloEvent,
		status: 200, ids: "e1",
	},
	{
		name: "charset", header: h("Content-Type", "application/json; charset=utf-8"), body: soloEvent, status: 200,
		ids: "e1",
	},
	{
		name: "no credentials", header: h("Cookie", ""), body: soloEvent, status: 401,
		exact: `{"code":401,"message":"unauthenticated for invalid credentials"}` + "\n",
	},
	{
		name: "unknown token", path: "/v1/event/ingest?authToken=other", body: soloEvent, status: 401,
		exact: `{"code":401,"message":"token not recognized"}` + "\n", //nolint:misspell // the real server's words
	},
	{name: "no token", path: "/v1/event/ingest", body: soloEvent, status: 422, answer: "authToken in query is required"},
	{
		name: "the sidecar's path", path: "/", body: soloEvent, status: 404,
		exact: `{"code":404,"message":"resource does not exist"}` + "\n",
	},
	{
		name: "another version", path: "/v2/event/ingest?authToken=T", body: soloEvent, status: 404,
		answer: "resource does not exist",
	},
	{name: "a slash at the end", path: "/v1/event/ingest/?authToken=T", body: soloEvent, status: 200, ids: "e1"},
	{name: "two slashes", path: "/v1/event//ingest?authToken=T", body: soloEvent, status: 200, ids: "e1"},
	{
		name: "structured 1.0", header: h("Content-Type", "application/cloudevents+json"), body: soloEvent, status: 415,
		answer: "application/cloudevents+json",
	},
	{
		name: "1.0 names", body: `{"specversion":"1.0","type":"aws.s3","source":"d","id":"e1"}`, status: 422,
		exact: `{"code":602,"message":"cloudEventsVersion in body is required"}` + "\n",
	},
	{
		name: "an array", body: "[" + soloEvent + "]", status: 400,
		answer: `parsing body body from \"\" failed, because json: cannot unmarshal array into Go value of type v1.Emission`,
	},
	{name: "not JSON", body: "event", status: 400, answer: "invalid character 'e'"},
	{
		name: "a number for the type", body: with(soloEvent, `"aws.s3"`, "3"), status: 400,
		answer: "Go struct field Emission.eventType of type string",
	},
	{name: "no body", status: 422, answer: "body in body is required"},
	{name: "only the first of two events", body: soloEvent + with(soloEvent, "e1", "e2"), status: 200, ids: "e1"},
	{name: "no type", body: with(soloEvent, "aws.s3", ""), status: 422, answer: "eventType in body is required"},
	{name: "type with a space", body: with(soloEvent, "aws.s3", "aws s3"), status: 422, answer: typePattern},
	{name: "type with a slash", body: with(soloEvent, "aws.s3", "aws/s3"), status: 422, answer: typePattern},
	{name: "type of 128", body: with(soloEvent, "aws.s3", strings.Repeat("a", 128)), status: 200, ids: "e1"},
	{
		name: "type of 129", body: with(soloEvent, "aws.s3", strings.Repeat("a", 129)), status: 422,
		answer: "eventType in body should be at most 128 chars long",
	},
	{name: "no source", body: with(soloEvent, `"dispatch"`, `""`), status: 422, answer: "source in body is required"},
	{
		name: "no id", body: with(soloEvent, `"eventID":"e1"`, `"eventID":""`), status: 400,
		answer: "Field validation for 'EventID' failed on the 'required' tag",
	},
	{
		name: "another version", body: with(soloEvent, `"0.1"`, `"1.0"`), status: 400,
		answer: "Field validation for 'CloudEventsVersion' failed on the 'eq' tag",
	},
	{
		name: "empty extensions", body: with(soloEvent, `{"subject":"images/a.png"}`, "{}"), status: 400,
		answer: "Field validation for 'Extensions' failed on the 'min' tag",
	},
	{
		name: "extensions that are a list", body: with(soloEvent, `{"subject":"images/a.png"}`, "[1]"), status: 400,
		answer: "cannot unmarshal array",
	},
	{
		name: "no extensions", body: with(soloEvent, `"extensions":{"subject":"images/a.png"},`, ""), status: 200,
		ids: "e1",
	},
	{
		name: "a time that is none", body: with(soloEvent, "2026-11-22T05:30:00Z", "yesterday"), status: 400,
		answer: "yesterday",
	},
	{name: "the root", method: http.MethodGet, path: "/", status: 200},
	{name: "PUT", method: http.MethodPut, status: 405},
}

func TestSolo(t *testing.T) {
	base := row{
		path:   "/v1/event/ingest?authToken=T",
		header: h("Content-Type", "application/json", "Cookie", "unset"),
	}
	check(t, base, soloRequests, func() *sinktest.Receiver {
		return &sinktest.Receiver{Dialect: sinktest.Solo, Token: "T"}
	})
}

func TestSoloWithoutATokenOfItsOwnTakesAny(t *testing.T) {
	base := row{header: h("Content-Type", "application/json", "Cookie", "unset")}
	check(t, base, []row{
		{name: "any", path: "/v1/event/ingest?authToken=anything", body: soloEvent, status: 200, ids: "e1"},
		{name: "none", path: "/v1/event/ingest?authToken=", body: soloEvent, status: 422},
	}, func() *sinktest.Receiver { return &sinktest.Receiver{Dialect: sinktest.Solo} })
}

func TestSoloRecords(t *testing.T) {
	var seen []sinktest.Record
	r := &sinktest.Receiver{
		Dialect: sinktest.Solo, OnRecord: func(e sinktest.Record) { seen = append(seen, e) },
	}
	base := row{path: "/v1/event/ingest?authToken=T", header: h("Content-Type", "application/json", "Cookie", "unset")}
	check(t, base, []row{
		{name: "first", body: soloEvent, status: 200, ids: "e1"},
		{name: "second", body: soloEvent, status: 200, ids: "e1 e1"},
	}, func() *sinktest.Receiver { return r })
	e := seen[0]
	if e.Type != "aws.s3" || e.Source != "dispatch" || e.Subject != "images/a.png" ||
		e.Time.Format("15:04") != "05:30" || e.ContentType != "application/json" || e.Header.Get("Cookie") != "unset" {
		t.Errorf("recorded %+v", e)
	}
	if string(e.Data) != `{"id":"e1","detail":{"n":9007199254740993}}` {
		t.Errorf("data %s", e.Data)
	}
	if seen[1].Copy != 1 {
		t.Errorf("the second of an id is copy %d", seen[1].Copy)
	}
	if c := r.Counts(); c != (sinktest.Counts{Accepted: 2, Distinct: 1}) {
		t.Errorf("counts %+v", c)
	}
}
