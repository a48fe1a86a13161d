// Package page serves an imitated receiver together with a page for browsers, which shows the events as they arrive and
// can make the receiver fail.
package page

import (
	"bytes"
	"cmp"
	"context"
	_ "embed" // the page
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

//go:embed page.html
var html []byte

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; " +
	"img-src data:"

// Page is a receiver with its page. All requests that are not for the page go to the receiver.
type Page struct {
	*sinktest.Receiver
	URL    string       // of the page and of the receiver
	Server *http.Server // Close ends the receiver at once: whoever waits for an answer sends the event again

	born string // distinguishes this receiver from earlier and later ones at this address
}

// Serve starts a receiver with its page.
func Serve(ctx context.Context, address string, r *sinktest.Receiver) (*Page, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p := &Page{
		Receiver: r,
		URL:      "http://" + listener.Addr().String(),
		born:     strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	p.Server = &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.Server.Serve(listener) }() // until Close
	return p, nil
}

// handler accepts requests for /state, /fail and /heal only from the page's own script or a program, not from pages of
// other sites. It answers a browser's GET / with the page, and passes all other requests to the receiver.
func (p *Page) handler() http.Handler {
	own := map[string]http.HandlerFunc{
		"GET /state": p.state,
		"GET /fail":  p.failing,
		"POST /fail": p.fail,
		"POST /heal": func(w http.ResponseWriter, r *http.Request) {
			p.Heal()
			p.failing(w, r)
		},
	}
	sites := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle, isOwn := own[r.Method+" "+r.URL.Path]
		switch {
		case isOwn && (sites.Check(r) != nil || !settings.IsAddressOrLocalhost(r.Host)):
			http.Error(w, "other sites cannot do this: use the receiver's IP address or localhost", http.StatusForbidden)
		case isOwn:
			handle(w, r)
		case r.Method == http.MethodGet && r.URL.Path == "/" && strings.Contains(r.Header.Get("Accept"), "text/html"):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write(html)
		default:
			p.ServeHTTP(w, r)
		}
	})
}

// state handles the request that the page sends twice a second. The answer is which receiver this is, how it fails, and
// the entries that the page does not have yet: all of them if the page still shows an earlier receiver at this address.
func (p *Page) state(w http.ResponseWriter, r *http.Request) {
	after := 0
	if r.FormValue("born") == p.born {
		after, _ = strconv.Atoi(r.FormValue("after"))
	}
	fresh := []Entry{}
	for _, record := range p.Records() {
		if record.Seq > after {
			fresh = append(fresh, EntryOf(record))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"born":    p.born,
		"dialect": p.Dialect,
		"kinds":   sinktest.Kinds(),
		"entries": fresh,
		"counts":  p.Counts(),
		"failing": p.Pending(),
	})
}

// fail makes the next requests fail as the query or the form describes.
func (p *Page) fail(w http.ResponseWriter, r *http.Request) {
	f, err := parseFailure(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	p.Fault(f.Left, f)
	p.failing(w, r)
}

// parseFailure reads a fault from a query or a form, whose names a flag set defines: their usage says what is
// accepted. By default the next request gets the status 503.
func parseFailure(r *http.Request) (f sinktest.Fault, err error) {
	names := flag.NewFlagSet("", flag.ContinueOnError)
	names.StringVar((*string)(&f.Kind), "kind", string(sinktest.Status), fmt.Sprint("one of ", sinktest.Kinds()))
	names.IntVar(&f.Status, "status", http.StatusServiceUnavailable, "200 to 599")
	names.IntVar(&f.Left, "count", 1, "how many requests fail, or -1 for all until /heal")
	names.StringVar(&f.RetryAfter, "retry-after", "", "seconds or an HTTP date")
	names.DurationVar(&f.Delay, "delay", 0, "a duration such as 500ms or 10s, at most 1h")
	names.StringVar(&f.Body, "body", "", "")
	names.IntVar(&f.After, "after", 0, "0 to 1000")
	if err := r.ParseForm(); err != nil {
		return f, fmt.Errorf("form: %w", err)
	}
	for name := range r.Form {
		value := r.Form.Get(name)
		known := names.Lookup(name)
		if known == nil {
			return f, fmt.Errorf("%s is not known", name)
		}
		if value != "" && names.Set(name, value) != nil || !isPossible(f) {
			return f, fmt.Errorf("%s is %q: use %s", name, value, known.Usage)
		}
	}
	return f, nil
}

// isPossible reports whether everything is as its usage says.
func isPossible(f sinktest.Fault) bool {
	_, errSeconds := strconv.ParseUint(f.RetryAfter, 10, 0)
	_, errDate := http.ParseTime(f.RetryAfter)
	return slices.Contains(sinktest.Kinds(), f.Kind) &&
		f.Status >= 200 && f.Status <= 599 &&
		f.Left >= -1 && f.Left != 0 &&
		f.After >= 0 && f.After <= 1000 &&
		f.Delay >= 0 && f.Delay <= time.Hour &&
		(f.RetryAfter == "" || errSeconds == nil || errDate == nil)
}

// failing answers with the queued failures.
func (p *Page) failing(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"failing": p.Pending()})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Entry is a record as the page and other programs get it, as JSON.
type Entry struct {
	sinktest.Record
	Kind string `json:"kind"`           // event or rejected
	Data string `json:"data,omitempty"` // for people to read: JSON is indented, its numbers are unchanged
}

// EntryOf returns the entry for a record.
func EntryOf(r sinktest.Record) Entry {
	r.Subject = Subject(r)
	e := Entry{Record: r, Kind: "event", Data: string(r.Data)}
	if r.Refused {
		e.Kind = "rejected"
	}
	var readable bytes.Buffer
	if json.Indent(&readable, r.Data, "", "  ") == nil {
		e.Data = readable.String()
	}
	return e
}

// Subject returns what an event is about: its subject or, if it has none, the object or the first resource of the AWS
// event.
func Subject(r sinktest.Record) string {
	var aws struct {
		Resources []string
		Detail    struct {
			Object     struct{ Key string }
			Parameters struct{ Key string } `json:"requestParameters"`
		}
	}
	if json.Unmarshal(r.Data, &aws) != nil {
		return r.Subject
	}
	resource := append(aws.Resources, "")[0]
	return cmp.Or(r.Subject, aws.Detail.Object.Key, aws.Detail.Parameters.Key, resource)
}
