package sink

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

var update = flag.Bool("update", false, "write the golden files again")

var sent = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

const s3Body = `{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created",` +
	`"source":"aws.s3","account":"111122223333","time":"2026-11-22T05:30:00Z","region":"us-west-2",` +
	`"resources":["arn:aws:s3:::pictures"],` +
	`"detail":{"bucket":{"name":"pictures"}, ` +
	`"object":{"key":"images/50% \"é\".png","size":9007199254740993,"ratio":1.10}}}`

func fromBody(id, body string) *event.Event {
	e := event.New("dispatch", id, []byte(body), sent)
	return &e
}

// samples are an EventBridge event, one whose source Dispatch refuses, messages that are none, and an event that is
// traced.
func samples() []*event.Event {
	traced := fromBody(
		"message-5", `{"id":"5","source":"aws.ec2","detail-type":"T","detail":{},"time":"2026-11-22T05:30:00Z"}`,
	)
	traced.Set(event.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	traced.Set(event.TraceState, "a=b,c=d")
	return []*event.Event{
		traced,
		fromBody("message-1", s3Body),
		fromBody(
			"message-2",
			`{"id":"2","source":"my app/orders","detail-type":"Order <placed> & paid","detail":{},`+
				`"time":"2026-11-22T05:30:00.25Z"}`,
		),
		fromBody("message-3", `[1, 2]`),
		fromBody("message-4", "hello, \"wörld\"\n<&>"),
	}
}

func newSink(t *testing.T, target string, change func(*Options)) *Sink {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		URL: u, Format: FormatStructured, Timeout: 5 * time.Second, UserAgent: "dispatch-events-aws/test",
		Namespace: "dispatchframework.io/aws-event", SourceID: "6d0ff8a1-4a1c-4c4e-9d4b-d1c7ff6d8e0e", Log: zap.NewNop(),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// wire writes a request down as it came, but for the port.
func wire(r *http.Request) string {
	var b bytes.Buffer
	_, _ = fmt.Fprintf(&b, "%s %s %s\n", r.Method, r.URL.RequestURI(), r.Proto)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range r.Header {
			if !yield(name) {
				return
			}
		}
	}) {
		_, _ = fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(r.Header[name], ", "))
	}
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(&b, "\n%s\n", body)
	return b.String()
}

// TestGolden holds the requests of each format, byte for byte, against what was written down.
func TestGolden(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			var got strings.Builder
			server := httptest.NewServer(http.HandlerFunc(func(
				_ http.ResponseWriter, r *http.Request,
			) {
				got.WriteString(wire(r) + "\n")
			}))
			defer server.Close()
			path := map[string]string{FormatDispatch: "/v1/event/ingest"}[format]
			s := newSink(t, server.URL+path, func(o *Options) { o.Format, o.Token, o.Org = format, "t0ken", "acme" })
			for _, e := range samples() {
				if v := s.Send(context.Background(), e); v.Fate != Delivered {
					t.Fatal(v)
				}
			}
			if v := s.Send(context.Background(), samples()[:2]...); (v.Fate == Delivered) != s.Arrays() {
				t.Errorf("two events: %v", v)
			}
			file := filepath.Join("testdata", format+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got.String() != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s", err, got.String(), want)
			}
		})
	}
}
