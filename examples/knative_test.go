package examples

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// TestKnativeTrigger has the trigger's filter take an event as a broker reads it, which is made of the CloudEvents SDK.
func TestKnativeTrigger(t *testing.T) {
	var read *cloudevents.Event
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		if read, err = cehttp.NewEventFromHTTPRequest(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	defer broker.Close()
	target, err := url.Parse(broker.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile("patterns/s3-images/match-jpg.json")
	if err != nil {
		t.Fatal(err)
	}
	all := render(t, "knative")
	format := fmt.Sprint(dig(resource(t, all, "ConfigMap"), "data", "FORMAT"))
	s, err := sink.New(sink.Options{URL: target, Format: format, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := event.New("dispatch", "message-1", body, time.Now())
	if v := s.Send(t.Context(), &e); v.Fate != sink.Delivered {
		t.Fatal(v)
	}
	filter := dig(resource(t, all, "Trigger"), "spec", "filter", "attributes").(object)
	for name, want := range filter {
		got := read.Extensions()[name]
		if name == "type" {
			got = read.Type()
		}
		if got != want {
			t.Errorf("the trigger wants %s to be %v and the broker has %v", name, want, got)
		}
	}
}
