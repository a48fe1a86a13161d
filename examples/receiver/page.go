package main

import (
	_ "embed" // the page
	"encoding/json"
	"fmt"
	"net/http"
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
}

func newPage(r *sinktest.Receiver, f *feed, address string) http.Handler {
	p := &page{Receiver: r, feed: f, address: address}
	mux := http.NewServeMux()
	mux.Handle("/", r)
	mux.HandleFunc("GET /{$}", p.root)
	mux.HandleFunc("GET /stream", p.stream)
	mux.HandleFunc("GET /info", p.info)
	mux.HandleFunc("POST /fail", p.fail)
	mux.HandleFunc("POST /heal", p.heal)
	return mux
}

// root is the page for a browser, and the receiver's health for everybody else.
func (p *page) root(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		p.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:")
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

// stream sends entries as server-sent events: those that are kept, or those after Last-Event-ID, then each as it comes.
func (p *page) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	seq, _ := strconv.Atoi(r.Header.Get("Last-Event-ID")) // 0, all of them, when there is none
	if seq > p.feed.last() {                              // of the receiver that was here before
		seq = 0
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		entries, sum, changed := p.feed.since(seq)
		for _, e := range entries {
			seq = e.Seq
			writeEvent(w, e.Kind, seq, e)
		}
		writeEvent(w, "counts", seq, sum)
		if flush.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-beat.C: // a reader that has gone is noticed
		case <-r.Context().Done():
			return
		}
	}
}

func writeEvent(w http.ResponseWriter, name string, seq int, v any) {
	data, _ := json.Marshal(v) // texts and numbers only
	_, _ = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", seq, name, data)
}

// fail lets the next requests fail as the query or the form says.
func (p *page) fail(w http.ResponseWriter, r *http.Request) {
	count, fault, err := parseFault(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	p.Fault(count, fault)
	writeJSON(w, http.StatusOK, map[string]any{"count": count, "kind": fault.Kind})
}

func (p *page) heal(w http.ResponseWriter, _ *http.Request) {
	p.Heal()
	writeJSON(w, http.StatusOK, map[string]any{"healed": true})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
