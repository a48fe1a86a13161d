package event

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

var sent = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

func from(t *testing.T, body string) Event {
	t.Helper()
	e := New("dispatch", "message-1", []byte(body), sent)
	if string(e.Data) != body {
		t.Errorf("data are %s, not the body", e.Data)
	}
	return e
}

const s3Event = `{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created",
"source":"aws.s3","account":"111122223333","time":"2026-11-22T05:30:00Z","region":"us-west-2",
"resources":["arn:aws:s3:::pictures"],"detail":{"bucket":{"name":"pictures"},
"object":{"key":"images/a b.png","size":9007199254740993}}}`

func TestEventBridgeEvent(t *testing.T) {
	e := from(t, s3Event)
	if e.ID != "17793124-05d4-b198-2fde-7ededc63b103" || e.Type != "aws.s3" || e.Source != "dispatch" ||
		e.Subject != "images/a b.png" || e.ContentType != "application/json" || !e.Time.Equal(sent.Add(-30*time.Minute)) {
		t.Errorf("got %+v", e)
	}
	if want := []Extension{
		{"awsaccount", "111122223333"}, {"awsregion", "us-west-2"}, {"awsdetailtype", "Object Created"},
	}; !slices.Equal(e.Extensions, want) {
		t.Errorf("extensions are %v", e.Extensions)
	}
}

func TestSubject(t *testing.T) {
	const head = `{"id":"1","detail-type":"T","resources":["arn:1","arn:2"],`
	for body, want := range map[string]string{
		head + `"source":"aws.ec2","detail":{"object":{"key":"k"}}}`:                              "arn:1",
		head + `"source":"aws.s3","detail":{"requestParameters":{"bucketName":"b","key":"x/y"}}}`: "x/y",
		head + `"source":"aws.s3","detail":{"object":"k"}}`:                                       "arn:1",
		head + `"detail":{"object":{"key":"late"}},"source":"aws.s3"}`:                            "late",
		head + `"source":"aws.s3","detail":{"object":{"key":"x"}},"source":"aws.ec2"}`:            "arn:1",
		`{"id":"1","detail-type":"T","source":"aws.s3","resources":"arn","detail":{}}`:            "",
		`{"id":"1","detail-type":"T","source":"aws.s3","detail":[]}`:                              "",
	} {
		if got := from(t, body).Subject; got != want {
			t.Errorf("%s: subject is %q, not %q", body, got, want)
		}
	}
}

func TestIncompleteEvents(t *testing.T) {
	e := from(t, `{"id":"1","detail-type":"","source":"","account":7,"region":null,"time":"yesterday","detail":null}`)
	if e.Type != TypeUnnamed || e.ID != "1" || !e.Time.Equal(sent) || len(e.Extensions) != 0 {
		t.Errorf("got %+v", e)
	}
}

// TestAttributesAreAllowed has an event hold what no attribute may.
func TestAttributesAreAllowed(t *testing.T) {
	e := from(
		t,
		`{"id":" \u0009 ","detail-type":"\u001b[31m\u009b","source":"\u2003","account":" ",`+
			`"region":"a\u0000\ufdd0b","resources":[" "],"detail":{}}`,
	)
	if e.ID != "message-1" || e.Type != TypeUnnamed || e.Subject != "" {
		t.Errorf("got %+v", e)
	}
	if want := []Extension{
		{"awsregion", "a\ufffd\ufffdb"}, {"awsdetailtype", "\ufffd[31m\ufffd"},
	}; !slices.Equal(e.Extensions, want) {
		t.Errorf("extensions are %q", e.Extensions)
	}
	e = from(
		t,
		`{"id":"a\nb","detail-type":"T","source":"x\u007fy","time":"9999-12-31T23:59:59-23:00",`+
			`"resources":["\u0001"],"detail":{}}`,
	)
	if e.ID != "a\ufffdb" || e.Type != "x\ufffdy" || e.Subject != "\ufffd" || !e.Time.Equal(sent) {
		t.Errorf("got %+v", e)
	}
}

func TestExtensionsAreAllowed(t *testing.T) {
	var e Event
	e.Set("a", "x\r\ny")
	e.Set("b", " \t")
	e.Set("c", "1")
	e.Set("c", "2")
	if want := []Extension{{"a", "x\ufffd\ufffdy"}, {"c", "2"}}; !slices.Equal(e.Extensions, want) {
		t.Errorf("extensions are %q", e.Extensions)
	}
}

func TestOtherMessages(t *testing.T) {
	for body, contentType := range map[string]string{
		`{}`: JSON, `[1,2]`: JSON, `"text"`: JSON, `null`: JSON, `9007199254740993`: JSON,
		`{"Id":"1","Source":"s","Detail-Type":"T","Detail":{}}`:  JSON,
		`{"id":1,"source":"s","detail-type":"T","detail":{}}`:    JSON,
		`{"id":"","source":"s","detail-type":"T","detail":{}}`:   JSON,
		`{"id":"1","source":null,"detail-type":"T","detail":{}}`: JSON,
		`{"id":"1","source":"s","detail-type":"T"}`:              JSON,
		`{"id":"1"`: Text, `hello`: Text, `{"a":1}{"b":2}`: Text, ``: Text, "\x00\xff": Text,
		strings.Repeat("[", 20_000): Text,
	} {
		e := from(t, body)
		if e.Type != TypeMessage || e.ID != "message-1" || !e.Time.Equal(sent) || e.ContentType != contentType ||
			e.Subject != "" {
			t.Errorf("%.60q: got %+v", body, e)
		}
	}
}

func FuzzNew(f *testing.F) {
	for _, seed := range []string{
		s3Event, `{"id":"1","source":"","detail-type":"T","detail":1}`, `hello`, ``, `{"id":"1","id":2}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e := New("dispatch", "message-1", []byte(body), sent)
		if e.ID == "" || e.Type == "" || e.Source == "" || e.Time.IsZero() {
			t.Fatalf("a required attribute is missing: %+v", e)
		}
		if (e.ContentType == JSON) != json.Valid([]byte(body)) || string(e.Data) != body {
			t.Fatalf("content type %s for %q", e.ContentType, body)
		}
		if id, kind := reference(body); e.ID != id || e.Type != kind {
			t.Fatalf("%q is event %q of type %q, not %q of %q", body, e.ID, e.Type, id, kind)
		}
	})
}

// reference reads a body with encoding/json: slowly, and surely.
func reference(body string) (id, kind string) {
	var members map[string]any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber() // a number may be more than a double holds
	if !json.Valid([]byte(body)) || d.Decode(&members) != nil {
		return "message-1", TypeMessage
	}
	id, _ = members["id"].(string)
	kind, isSource := members["source"].(string)
	_, isType := members["detail-type"].(string)
	_, hasDetail := members["detail"]
	if id == "" || !isSource || !isType || !hasDetail {
		return "message-1", TypeMessage
	}
	if id = attribute(id); id == "" {
		id = "message-1"
	}
	if kind = attribute(kind); kind == "" {
		kind = TypeUnnamed
	}
	return id, kind
}

func BenchmarkNew(b *testing.B) {
	body := []byte(s3Event)
	b.ReportAllocs()
	for b.Loop() {
		New("dispatch", "message-1", body, sent)
	}
}
