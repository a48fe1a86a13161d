package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/cloudevents/sdk-go/v2/client"
	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// sdkReceiver is a receiver made of the CloudEvents SDK and nothing else, as its users write one.
func sdkReceiver(t *testing.T, format string) (target string, take func() []cloudevents.Event) {
	t.Helper()
	taken := make(chan cloudevents.Event, 100)
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		events, err := cehttp.NewEventsFromHTTPRequest(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, e := range events {
			taken <- e
		}
	})
	if format != FormatBatch {
		protocol, err := cehttp.New()
		if err != nil {
			t.Fatal(err)
		}
		if handler, err = client.NewHTTPReceiveHandler(
			t.Context(), protocol, func(e cloudevents.Event) { taken <- e },
		); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, func() (all []cloudevents.Event) {
		for len(taken) > 0 {
			all = append(all, <-taken)
		}
		return all
	}
}

// oddTexts are what an attribute may hold, in ids and names that somebody chose.
func oddTexts() []string {
	return []string{
		"Object Created",
		"GuardDuty Finding: 50% of them, or more",
		`a "quoted" \ name`,
		"a+b",
		"a%20b",
		"%",
		"x%zz",
		"größer",
		"日本語 のキー",
		"🎉 party",
		"<b>&amp;</b>", "a,b;c=d", "a\u00a0b", "images/é (1).png", "e\u0301", " before", "after ", "   ", "\u2003",
		"tab\there",
		"line\nfeed",
		"\r\nSet-Cookie: a=b",
		"nul\x00",
		"escape\x1b[31m",
		"delete\x7f",
		"c1\u009b31m",
		"\u2028separated\u2029",
		"right\u202eleft", "none\ufffe\uffff\ufdd0", "tag\U000e0041", strings.Repeat("long ", 200), "\x01\x02",
	}
}

// shapes are real events, and ones like them with something odd in each attribute and in the data.
func shapes(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files, err := filepath.Glob("../../examples/patterns/*/*-*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d events of the examples: %v", len(files), err)
	}
	for _, file := range files {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range oddTexts() {
		for _, field := range []string{"id", "source", "detail-type", "account", "region"} {
			members := map[string]any{"id": "1", "source": "aws.ec2", "detail-type": "T", "detail": map[string]any{"n": 1}}
			members[field] = text
			body, _ := json.Marshal(members)
			all[fmt.Sprint(field, " ", i)] = body
		}
		key, _ := json.Marshal(text)
		all[fmt.Sprint("key ", i)] = []byte(`{"id":"1","source":"aws.s3","detail-type":"T","detail":{"object":{"key":` +
			string(key) + `}}}`)
		all[fmt.Sprint("text ", i)] = []byte(text)
	}
	const head = `{"id":"1","source":"aws.ec2","detail-type":"T","detail":`
	for name, body := range map[string]string{
		"numbers": head + `[9007199254740993,1.10,1e400,-0,0.1e-7,123456789012345678901234567890]}`,
		"order": "{\"detail\" : { \"b\":1,\t\"a\":2, \"b\":3 },\n \"source\":\"aws.ec2\",\"detail-type\":\"T\" , " +
			"\"id\":\"1\"}",
		"escapes": head + `"\u003cb\u003e \u00e9 \/ \ud83c\udf89 \ud800 <&>"}`,
		"deep":    head + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}",
		"large":   head + `"` + strings.Repeat("é", 20_000) + `"}`,
		"late":    `{"id":"1","source":"aws.ec2","detail-type":"T","time":"9999-12-31T23:59:59-23:00","detail":0}`,
		"early":   `{"id":"1","source":"aws.ec2","detail-type":"T","time":"0000-01-01T00:00:00+23:00","detail":0}`,
		"fraction": `{"id":"1","source":"aws.ec2","detail-type":"T",` +
			`"time":"2026-11-22T05:30:00.123456789+02:00","detail":0}`,
		"an array":    "[1, 2]",
		"a number":    "9007199254740993",
		"null":        "null",
		"a string":    `"text"`,
		"no text":     "\xff\xfe\x00 binary",
		"almost JSON": head + "}",
	} {
		all[name] = []byte(body)
	}
	return all
}

// TestTheSDKReadsWhatIsMeant sends every shape in each of the CloudEvents modes.
func TestTheSDKReadsWhatIsMeant(t *testing.T) {
	for _, format := range []string{FormatStructured, FormatBinary, FormatBatch} {
		t.Run(format, func(t *testing.T) {
			target, take := sdkReceiver(t, format)
			s := newSink(t, target, func(o *Options) { o.Format = format })
			for name, body := range shapes(t) {
				e := event.New("dispatch", "message-1", body, sent)
				if v := s.Send(t.Context(), &e); v.Fate != Delivered {
					t.Errorf("%s: %v", name, v)
					continue
				}
				got := take()
				if len(got) != 1 {
					t.Fatalf("%s: %d events came", name, len(got))
				}
				compare(t, name, &got[0], &e, format == FormatBinary)
			}
			if format != FormatBatch {
				return
			}
			one, two := event.New(
				"dispatch", "message-1", []byte("one"), sent,
			), event.New("dispatch", "message-2", []byte("[2]"), sent)
			if v := s.Send(t.Context(), &one, &two); v.Fate != Delivered {
				t.Fatal(v)
			}
			got := take()
			compare(t, "first", &got[0], &one, false)
			compare(t, "second", &got[1], &two, false)
		})
	}
}

func compare(t *testing.T, name string, got *cloudevents.Event, want *event.Event, inHeaders bool) {
	t.Helper()
	text := func(s string) string {
		if inHeaders { // which have no white space at their ends
			return strings.TrimSpace(s)
		}
		return s
	}
	if err := got.Validate(); err != nil || got.SpecVersion() != "1.0" {
		t.Errorf("%s: %v, specversion %s", name, err, got.SpecVersion())
	}
	if got.ID() != text(want.ID) || got.Type() != text(want.Type) || got.Source() != want.Source ||
		got.Subject() != text(want.Subject) ||
		!got.Time().Equal(want.Time) || got.DataContentType() != want.ContentType {
		t.Errorf("%s came as\n%v, not\n%+v", name, got, want)
	}
	if len(got.Extensions()) != len(want.Extensions) {
		t.Errorf("%s: extensions %v", name, got.Extensions())
	}
	for _, x := range want.Extensions {
		if value, _ := got.Extensions()[x.Name].(string); text(value) != text(x.Value) {
			t.Errorf("%s: %s is %q, not %q", name, x.Name, got.Extensions()[x.Name], x.Value)
		}
	}
	data, came := want.Data, got.Data()
	if want.ContentType == event.JSON && !inHeaders { // white space around a value is none of it
		data, came = bytes.TrimSpace(data), bytes.TrimSpace(came)
	}
	if !bytes.Equal(came, data) {
		t.Errorf("%s: data came as %.200q, not %.200q", name, came, data)
	}
	for _, s := range []string{got.ID(), got.Type(), got.Subject(), fmt.Sprint(got.Extensions())} {
		if strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("%s: %q has control characters", name, s)
		}
	}
	if got.ID() == "" || strings.TrimSpace(got.Type()) == "" {
		t.Errorf("%s: id %q, type %q", name, got.ID(), got.Type())
	}
}
