package main

import (
	_ "embed" // the page
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

//go:embed page.html
var html []byte

const heartbeat = 15 * time.Second

// page is the receiver with a page in front of it. What no browser asks for is the receiver's.
type page struct {
	*sinktest.Receiver
	feed    *feed
	address string
	born    string // tells this receiver from one at the same address before or after
}

func newPage(r *sinktest.Receiver, f *feed, address string) http.Handler {
	p := &page{Receiver: r, feed: f, address: address, born: strconv.FormatInt(time.Now().UnixNano(), 36)}
	mux := http.NewServeMux()
	mux.Handle("/", r)
	mux.HandleFunc("GET /{$}", p.root)
	mux.HandleFunc("GET /stream", local(p.stream))
	mux.HandleFunc("GET /info", local(p.info))
	mux.HandleFunc("GET /fail", local(p.failing))
	mux.HandleFunc("POST /fail", local(p.fail))
	mux.HandleFunc("POST /heal", local(p.heal))
	own := http.NewCrossOriginProtection().Handler(mux) // no other page may have it fail
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && req.URL.Path != "/fail" && req.URL.Path != "/heal" {
			r.ServeHTTP(w, req) // the mux would redirect from a path with two slashes
			return
		}
		own.ServeHTTP(w, req)
	})
}

// local passes on requests that were made to an address or to localhost. A page of another site may have bound its name
// to this address (DNS rebinding), and a browser then takes it for this site.
func local(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil && !strings.EqualFold(host, "localhost") {
			http.Error(w, "ask the receiver by its IP address or as localhost", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// root is the page for a browser, and the receiver's health for everybody else.
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

// info tells the page whom it belongs to.
func (p *page) info(w http.ResponseWriter, _ *http.Request) {
	url := p.address + "/"
	if p.Dialect() == sinktest.Solo {
		url += "v1/event/ingest?authToken=…"
	}
	writeJSON(w, http.StatusOK, map[string]any{"dialect": p.Dialect(), "url": url, "kinds": sinktest.Kinds()})
}

// stream sends entries as server-sent events: those that are kept, or those after Last-Event-ID, then each as it comes;
// with them how many there were and how the receiver fails. An id holds the receiver that gave it: one that was started
// anew counts anew.
func (p *page) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	seq := 0
	if number, ours := strings.CutPrefix(r.Header.Get("Last-Event-ID"), p.born+"-"); ours {
		seq, _ = strconv.Atoi(number) // 0, all of them, when it is none
	}
	_, _ = fmt.Fprint(w, "retry: 500\n\n")
	p.write(w, "hello", seq, map[string]string{"born": p.born})
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		entries, sum, changed := p.feed.since(seq)
		for _, e := range entries {
			seq = e.Seq
			p.write(w, e.Kind, seq, e)
		}
		p.write(w, "counts", seq, sum)
		failing := modes(p.Receiver)
		p.write(w, "failing", seq, failing)
		if flush.Flush() != nil {
			return
		}
		over, stop := ending(failing)
		select {
		case <-changed:
		case <-over:
		case <-beat.C: // a reader that has gone is noticed
		case <-r.Context().Done():
			stop()
			return
		}
		stop()
	}
}

// ending is when the first of the failures is over that end by the clock.
func ending(failing []mode) (over <-chan time.Time, stop func()) {
	soonest := time.Duration(-1)
	for _, m := range failing {
		if left := time.Until(m.Until); !m.Until.IsZero() && (soonest < 0 || left < soonest) {
			soonest = max(0, left)
		}
	}
	if soonest < 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(soonest + time.Millisecond)
	return timer.C, func() { timer.Stop() }
}

func (p *page) write(w http.ResponseWriter, name string, seq int, v any) {
	data, _ := json.Marshal(v) // texts and numbers only
	_, _ = fmt.Fprintf(w, "id: %s-%d\nevent: %s\ndata: %s\n\n", p.born, seq, name, data)
}

// fail lets the next requests fail as the query or the form says.
func (p *page) fail(w http.ResponseWriter, r *http.Request) {
	f, err := parseFailure(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	f.begin(p.Receiver)
	p.feed.touch()
	p.failing(w, r)
}

func (p *page) heal(w http.ResponseWriter, r *http.Request) {
	p.Heal()
	p.feed.touch()
	p.failing(w, r)
}

// failing tells how the receiver fails now, and next.
func (p *page) failing(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"failing": modes(p.Receiver)})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
