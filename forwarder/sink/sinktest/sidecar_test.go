package sinktest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const draftEvent = `{"namespace":"dispatchframework.io/aws-event","event-type":"aws.s3","cloud-events-version":"0.1",` +
	`"source-type":"aws","source-id":"s","event-id":"e1","event-time":"2026-11-22T05:30:00Z",` +
	`"content-type":"application/json","data":"{\"n\":1}"}`

func second(event string) string { return with(event, `"e1"`, `"e2"`) }

func TestSidecar(t *testing.T) {
	bad := with(with(soloEvent, `"e1"`, `"bad"`), "aws.s3", "aws s3")
	why := "Error validating event with ID bad: Key: 'CloudEvent.EventType' " +
		"Error:Field validation for 'EventType' failed on the 'eventtype' tag\n"
	check(t, row{path: "/"}, []row{
		{name: "one", body: soloEvent, status: 201, ids: "e1"},
		{name: "an array", body: "[" + soloEvent + "," + second(soloEvent) + "]", status: 201, ids: "e1 e2"},
		{name: "one after another", body: soloEvent + "\n" + second(soloEvent), status: 201, ids: "e1 e2"},
		{name: "without a line break", body: soloEvent + second(soloEvent), status: 201, ids: "e1 e2"},
		{
			name: "the second is bad", body: "[" + soloEvent + "," + bad + "," + second(soloEvent) + "]", status: 400,
			exact: why, ids: "e1",
		},
		{name: "the first is bad", body: bad + soloEvent, status: 400, exact: why},
		{
			name: "the second is no JSON", body: soloEvent + "{x", status: 400,
			answer: "Error parsing input: invalid character 'x' looking for beginning of object key string",
		},
		{name: "nothing", status: 400, exact: "No events parsed\n"},
		{name: "an empty array", body: "[]", status: 400, exact: "No events parsed\n"},
		{name: "only a blank", body: " ", status: 400, exact: "No events parsed\n"},
		{
			name: "a number", body: "3", status: 400,
			exact: "Error parsing input: json: cannot unmarshal number into Go value of type events.CloudEvent\n",
		},
		{name: "a blank before an array", body: " [" + soloEvent + "]", status: 400, answer: "cannot unmarshal array"},
		{name: "draft names", body: draftEvent, status: 400, answer: "'EventType' failed on the 'required' tag"},
		{
			name: "long type", body: with(soloEvent, "aws.s3", strings.Repeat("a", 129)), status: 400,
			answer: "'EventType' failed on the 'max' tag",
		},
		{
			name: "empty extensions", body: with(soloEvent, `{"subject":"images/a.png"}`, "{}"), status: 400,
			answer: "'Extensions' failed on the 'min' tag",
		},
		{
			name: "other version", body: with(soloEvent, `"0.1"`, `"0.2"`), status: 400,
			answer: "'CloudEventsVersion' failed on the 'eq' tag",
		},
		{name: "any path", path: "/v1/event/ingest", body: soloEvent, status: 201, ids: "e1"},
		{name: "health", method: http.MethodGet, status: 200},
		{name: "PUT", method: http.MethodPut, status: 405, exact: "Incorrect method PUT, POST must be used\n"},
	}, func() *sinktest.Receiver { return &sinktest.Receiver{Dialect: sinktest.Sidecar} })
}

func TestSidecarDraft(t *testing.T) {
	failed := func(field, tag string) string {
		return "Field validation for '" + field + "' failed on the '" + tag + "' tag"
	}
	check(t, row{path: "/"}, []row{
		{name: "one", body: draftEvent, status: 201, ids: "e1"},
		{name: "an array", body: "[" + draftEvent + "," + second(draftEvent) + "]", status: 201, ids: "e1 e2"},
		{
			name: "0.1 names", body: soloEvent, status: 400,
			answer: "cannot unmarshal object into Go struct field CloudEvent.data of type string",
		},
		{
			name: "no namespace", body: with(draftEvent, "dispatchframework.io/aws-event", ""), status: 400,
			answer: failed("Namespace", "required"),
		},
		{name: "no type", body: with(draftEvent, "aws.s3", ""), status: 400, answer: failed("EventType", "required")},
		{
			name: "slash in type", body: with(draftEvent, "aws.s3", "aws/s3"), status: 400,
			answer: failed("EventType", "eventtype"),
		},
		{
			name: "no source type", body: with(draftEvent, `"aws"`, `""`), status: 400,
			answer: failed("SourceType", "required"),
		},
		{name: "source type of 32", body: with(draftEvent, `"aws"`, `"`+strings.Repeat("é", 32)+`"`), status: 201, ids: "e1"},
		{
			name: "source type of 33", body: with(draftEvent, `"aws"`, `"`+strings.Repeat("a", 33)+`"`), status: 400,
			answer: failed("SourceType", "max"),
		},
		{name: "no source id", body: with(draftEvent, `"s"`, `""`), status: 400, answer: failed("SourceID", "required")},
		{name: "source id of 64", body: with(draftEvent, `"s"`, `"`+strings.Repeat("a", 64)+`"`), status: 201, ids: "e1"},
		{
			name: "source id of 65", body: with(draftEvent, `"s"`, `"`+strings.Repeat("a", 65)+`"`), status: 400,
			answer: failed("SourceID", "max"),
		},
		{name: "no id", body: with(draftEvent, `"e1"`, `""`), status: 400, answer: "Error validating event with ID : Key"},
		{
			name: "two fields at once", body: with(with(draftEvent, `"e1"`, `""`), `"s"`, `""`), status: 400,
			answer: failed("SourceID", "required") + "\nKey: 'CloudEvent.EventID'",
		},
		{name: "health", method: http.MethodGet, status: 200},
	}, func() *sinktest.Receiver { return &sinktest.Receiver{Dialect: sinktest.Draft} })
}

func TestDraftRecords(t *testing.T) {
	r := &sinktest.Receiver{Dialect: sinktest.Draft}
	check(t, row{path: "/"}, []row{{name: "one", body: draftEvent, status: 201, ids: "e1"}},
		func() *sinktest.Receiver { return r })
	e := r.Events()[0]
	if e.Source != "s" || string(e.Data) != `{"n":1}` {
		t.Errorf("recorded %+v", e)
	}
}
