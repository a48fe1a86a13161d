package relay

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestNamesOfAttributes(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"tenant , Trace.Id,X_9,": "",
		"a-very-very-long-name-of-any": `ATTRIBUTES has "a-very-very-long-name-of-any": ` +
			`a name must have 1 to 20 letters and digits`,
		"_-.":                             `ATTRIBUTES has "_-.": a name must have`,
		"Spec-Version":                    `ATTRIBUTES has "Spec-Version": the name specversion is already used`,
		"awsregion":                       "the name awsregion is already used",
		"trace-parent":                    "the name traceparent is already used",
		"tenant,Te.nant":                  `ATTRIBUTES has "Te.nant": the name tenant is already used`,
		"\u00e9\u00e8":                    "a name must have 1 to 20 letters",
		"tenant,subject,x-very-long-name": "the name subject is already used",
	} {
		_, err := load(t, map[string]string{"SINK_URL": "http://h/", "ATTRIBUTES": text})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := load(t, map[string]string{"SINK_URL": "", "ATTRIBUTES": "tenant"}); err == nil || !strings.Contains(
		err.Error(), "ATTRIBUTES needs SINK_URL",
	) {
		t.Error(err)
	}
}

// TestAttributesReachTheReceiver reads, with the CloudEvents SDK, what a receiver gets for messages with attributes.
func TestAttributesReachTheReceiver(t *testing.T) {
	attributes := map[string]queuetest.Attribute{
		"Tenant.Id": {DataType: "String", StringValue: "é, <7>"},
		"count":     {DataType: "Number", StringValue: "9007199254740993"},
		"raw":       {DataType: "Binary", BinaryValue: []byte{0, 255}},
		"secret":    {DataType: "String", StringValue: "not asked for"},
	}
	for _, format := range []string{"structured", "binary"} {
		for asked, want := range map[string]map[string]string{
			"":                           {},
			"Tenant.Id,count,raw,absent": {"tenantid": "é, <7>", "count": "9007199254740993", "raw": "AP8="},
		} {
			t.Run(format+" "+asked, func(t *testing.T) {
				s := local(t)
				q := s.Create("dispatch", queuetest.Queue{})
				got := make(chan *cloudevents.Event, 1)
				server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if e, err := cloudevents.NewEventFromHTTPRequest(r); err == nil { // and no probe
						got <- e
					}
				}))
				defer server.Close()
				q.Put(queuetest.Message{Body: eventBody(1), Attributes: attributes})
				p := start(t, map[string]string{"ADMIN_ADDR": "", "SINK_URL": server.URL, "FORMAT": format, "ATTRIBUTES": asked})
				e := <-got
				p.end(t)
				extensions := e.Extensions()
				for _, own := range []string{"awsaccount", "awsregion", "awsdetailtype"} {
					delete(extensions, own)
				}
				if len(extensions) != len(want) {
					t.Errorf("got %v", extensions)
				}
				for name, value := range want {
					text, _ := extensions[name].(string)
					if format == "binary" { // the SDK does not decode headers
						text, _ = url.PathUnescape(text)
					}
					if text != value {
						t.Errorf("%s is %q", name, extensions[name])
					}
				}
			})
		}
	}
}
