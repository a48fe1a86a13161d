package sinktest_test

import (
	"net/http"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

const event10 = `{"specversion":"1.0","type":"aws.s3","source":"dispatch","id":"e1","time":"2026-11-22T05:30:00Z",` +
	`"subject":"a b","datacontenttype":"application/json","awsregion":"us-west-2","data":{"n":9007199254740993}}`

func binary(pairs ...string) http.Header {
	m := h("Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Type", "aws.s3", "Ce-Source", "dispatch",
		"Ce-Id", "e1")
	for k, v := range h(pairs...) {
		m[k] = v
	}
	return m
}

func TestCloudEvents(t *testing.T) {
	structured := h("Content-Type", "application/cloudevents+json; charset=utf-8")
	batch := h("Content-Type", "application/cloudevents-batch+json")
	check(t, row{path: "/any", header: h("Authorization", "Bearer T")}, []row{
		{name: "structured", header: structured, body: event10, status: 202, ids: "e1"},
		{name: "batch", header: batch, body: "[" + event10 + "," + second(event10) + "]", status: 202, ids: "e1 e2"},
		{name: "empty batch", header: batch, body: "[]", status: 202},
		{name: "binary", header: binary(), body: `{"n":1}`, status: 202, ids: "e1"},
		{name: "binary without data", header: binary("Content-Type", ""), status: 202, ids: "e1"},
		{name: "nothing of a CloudEvent", header: h("Content-Type", "application/json"), body: event10, status: 415},
		{
			name: "a format that is not known", header: h("Content-Type", "application/cloudevents+xml"), body: "<x/>",
			status: 415,
		},
		{name: "0.3", header: structured, body: with(event10, "1.0", "0.3"), status: 400, answer: "only 1.0"},
		{name: "0.1", header: structured, body: soloEvent, status: 400, answer: "specversion"},
		{name: "not JSON", header: structured, body: "{", status: 400},
		{
			name: "no id", header: structured, body: with(event10, `"e1"`, `""`), status: 400,
			answer: "id: MUST be a non-empty string",
		},
		{name: "no type", header: structured, body: with(event10, `"type":"aws.s3",`, ""), status: 400, answer: "type"},
		{
			name: "no source", header: structured, body: with(event10, `"dispatch"`, `""`), status: 400,
			answer: "cannot parse uri ref",
		},
		{name: "time", header: structured, body: with(event10, "2026-11-22T05:30:00Z", "now"), status: 400, answer: "now"},
		{name: "an object for an extension", header: structured, body: with(event10, `"us-west-2"`, "{}"), status: 400},
		{
			name: "one of the batch is bad", header: batch, body: "[" + event10 + "," + with(event10, `"e1"`, `""`) + "]",
			status: 400,
		},
		{name: "a batch that is none", header: batch, body: event10, status: 400, answer: "cannot unmarshal object"},
		{name: "binary without id", header: binary("Ce-Id", ""), status: 400, answer: "id"},
		{name: "wrong bearer", header: binary("Authorization", "Bearer other"), status: 401},
		{name: "no bearer", header: binary("Authorization", ""), status: 401},
		{name: "root", method: http.MethodGet, path: "/", status: 200},
	}, func() *sinktest.Receiver {
		return &sinktest.Receiver{Dialect: sinktest.CloudEvents, Token: "T"}
	})
}

func TestCloudEventsRecords(t *testing.T) {
	r := &sinktest.Receiver{Dialect: sinktest.CloudEvents}
	check(t, row{path: "/"}, []row{
		{
			name: "structured", header: h("Content-Type", "application/cloudevents+json"), body: event10, status: 202,
			ids: "e1",
		},
		{
			name: "binary", header: binary("Ce-Id", "e2", "Ce-Subject", "a ä%20", "Ce-Awsregion", "x"), body: "[1]", status: 202,
			ids: "e1 e2",
		},
		{
			name: "batch", header: h("Content-Type", "application/cloudevents-batch+json"),
			body: "[" + with(event10, "e1", "e3") + "]", status: 202, ids: "e1 e2 e3",
		},
	}, func() *sinktest.Receiver { return r })
	want := []sinktest.Record{
		{Mode: "structured", Subject: "a b", Data: []byte(`{"n":9007199254740993}`)},
		{Mode: "binary", Subject: "a ä%20", Data: []byte("[1]")},
		{Mode: "batch", Subject: "a b", Data: []byte(`{"n":9007199254740993}`)},
	}
	for i, e := range r.Events() {
		if w := want[i]; e.Mode != w.Mode || e.Subject != w.Subject || string(e.Data) != string(w.Data) ||
			e.Extensions["awsregion"] == nil {
			t.Errorf("recorded %+v, want %+v", e, w)
		}
	}
}
