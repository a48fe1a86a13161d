package relay

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestRotatedCredentials replaces the shared credentials file of a program that runs, a while after its key has
// expired.
func TestRotatedCredentials(t *testing.T) {
	s := local(t)
	q := s.Create("dispatch", queuetest.Queue{})
	var valid atomic.Value
	valid.Store("first")
	var refused atomic.Int64
	enough := make(chan struct{})
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "Credential="+valid.Load().(string)+"/") {
			s.ServeHTTP(w, r)
			return
		}
		n := refused.Add(1)
		if n == 4 {
			close(enough)
		}
		w.WriteHeader(http.StatusForbidden)
		const form = `{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"refused at %s, the %dth"}`
		_, _ = fmt.Fprintf(w, form, time.Now(), n)
	}))
	defer aws.Close()
	receiver := httptest.NewServer(&sinktest.Receiver{Dialect: sinktest.CloudEvents})
	defer receiver.Close()
	file := filepath.Join(t.TempDir(), "credentials")
	write := func(key string) {
		t.Helper()
		text := "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = s\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	p := start(t, map[string]string{
		"ADMIN_ADDR":                  "",
		"SINK_URL":                    receiver.URL,
		"DURATION":                    "1",
		"AWS_ENDPOINT_URL":            aws.URL,
		"AWS_SHARED_CREDENTIALS_FILE": file,
		"AWS_ACCESS_KEY_ID":           "", "AWS_SECRET_ACCESS_KEY": "",
	})
	q.Send(eventBody(1))
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	valid.Store("second")
	<-enough
	write("second")
	q.Send(eventBody(2))
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	var said int
	for _, entry := range p.logs.All() {
		if strings.Contains(fmt.Sprint(entry.ContextMap()["error"]), "UnrecognizedClient") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("the same refusal was logged %d times", said)
	}
}
