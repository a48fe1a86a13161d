package relay

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

const (
	beat      = 15 * time.Second // between the empty lines that tell a quiet stream from a dead one
	writeTime = 30 * time.Second // after which a reader that takes nothing is given up
)

// events streams a line of JSON for each event that is delivered or refused from now on.
func (f *feed) events(w http.ResponseWriter, r *http.Request) {
	if !isLocalHost(r.Host) || !isOwnSite(r.Header) {
		http.Error(
			w, "events are shown to requests for an address or localhost, and to no other site's page", http.StatusForbidden,
		)
		return
	}
	l, leave := f.listen()
	defer leave()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the server's is for requests, and would end the stream
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for lines := [][]byte{}; ; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		for _, line := range lines {
			if _, err := w.Write(line); err != nil { // JSON lines, which no browser takes for a page: nosniff
				return
			}
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			lines = [][]byte{{'\n'}}
		case <-l.more:
			lines = f.take(l)
		case <-l.ended:
			_, _ = w.Write(encoded(Line{Ended: fmt.Sprintf("%d others have come since, and no more can read", maxListeners)}))
			return
		}
	}
}

// isLocalHost reports whether a request names an IP address or localhost, and no other name. A web page whose name was
// bound to this address (DNS rebinding) would pass for the same site in a browser.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
}

// isOwnSite reports whether no page of another site made the request. Such a page could not read the answer, but its
// request would end the stream of somebody else.
func isOwnSite(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return h.Get("Origin") == "" && (site == "" || site == "none" || site == "same-origin")
}
