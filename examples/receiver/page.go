package main

import (
	_ "embed" // the page
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

//go:embed page.html
var html []byte

// page is the receiver with a page for browsers. All other requests go to the receiver.
type page struct {
	*sinktest.Receiver
	address string
	born    string // distinguishes this receiver from earlier and later ones at this address
}

// counts are the numbers of all entries, not only of those that are kept.
type counts struct {
	Events     int `json:"events"`
	Duplicates int `json:"duplicates"`
	Rejected   int `json:"rejected"`
}

func (p *page) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p.Receiver)
	mux.HandleFunc("GET /{$}", p.root)
	mux.HandleFunc("GET /state", local(p.state))
	mux.HandleFunc("GET /fail", local(p.failing))
	mux.HandleFunc("POST /fail", local(p.fail))
	mux.HandleFunc("POST /heal", local(p.heal))
	own := http.NewCrossOriginProtection().Handler(mux) // pages of other sites cannot make it fail
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path != "/fail" && r.URL.Path != "/heal" {
			p.ServeHTTP(w, r) // the mux would redirect from a path with two slashes
			return
		}
		own.ServeHTTP(w, r)
	})
}

// local passes on requests whose URL has an IP address or localhost. Another site can bind its name to this address
// (DNS rebinding), and a browser then treats that site and this one as the same.
func local(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil && !strings.EqualFold(host, "localhost") {
			http.Error(w, "use the receiver's IP address or localhost in the URL", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// root answers a browser with the page, and all other clients with the receiver's health.
func (p *page) root(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		p.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(html)
}

// state answers what the page requests twice a second: which receiver this is, how it fails, and the entries that the
// page does not have yet. A page that an earlier receiver at this address has served gets all entries.
func (p *page) state(w http.ResponseWriter, r *http.Request) {
	after := 0
	if r.FormValue("born") == p.born {
		after, _ = strconv.Atoi(r.FormValue("after"))
	}
	url := p.address + "/"
	if p.Dialect == sinktest.Solo {
		url += "v1/event/ingest?authToken=…"
	}
	fresh := []entry{}
	for _, record := range p.Records() {
		if record.Seq > after {
			fresh = append(fresh, entryOf(record))
		}
	}
	sum := p.Counts()
	writeJSON(w, http.StatusOK, map[string]any{
		"born":    p.born,
		"dialect": p.Dialect,
		"url":     url,
		"kinds":   sinktest.Kinds(),
		"entries": fresh,
		"counts":  counts{sum.Distinct, sum.Accepted - sum.Distinct, sum.Rejected},
		"failing": p.pending(),
	})
}

// pending returns the queued failures: an empty list, not nil, if there are none.
func (p *page) pending() []sinktest.Pending { return append([]sinktest.Pending{}, p.Pending()...) }

// fail makes the next requests fail as the query or the form describes.
func (p *page) fail(w http.ResponseWriter, r *http.Request) {
	f, err := parseFailure(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	p.Fault(f.Left, f.Fault)
	p.failing(w, r)
}

func (p *page) heal(w http.ResponseWriter, r *http.Request) {
	p.Heal()
	p.failing(w, r)
}

// failing answers with the queued failures.
func (p *page) failing(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"failing": p.pending()})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
