package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// eventFormat is an EventBridge event of S3. The number of an event is in its id and its sequencer; the last verb
	// of the format takes the padding.
	eventFormat = `{"version":"0","id":"00000000-0000-4000-8000-%012x","detail-type":"Object Created","source":"aws.s3",` +
		`"account":"123456789012","time":"2026-11-22T05:30:00Z","region":"us-west-2",` +
		`"resources":["arn:aws:s3:::my-pictures"],"detail":{"version":"0","bucket":{"name":"my-pictures"},` +
		`"object":{"key":"images/2026/11/22/cat-0001.jpg","size":184320,"etag":"b57f9512698f4b09e608f4f2a65852e5",` +
		`"version-id":"N4N7GDK58NMKJ12R",` + marker + `%016x"},"request-id":"C3D13FE58DE4C810",` +
		`"requester":"123456789012","source-ip-address":"192.0.2.1","reason":"PutObject"%s}}`

	// marker occurs once in every event, in every format, since an event's data are passed on unchanged.
	marker       = `"sequencer":"`
	markerDigits = 16
)

// events returns n events of the same size, numbered from first. Real large events are not one long string, so the
// padding consists of small members: their many quotes have to be escaped when JSON is put into JSON.
func events(first, n, size int) []string {
	const open, tag = `,"tags":[`, `{"key":"tag-00001","value":"0123456789abcdef0123456789abcdef"},`
	rest := max(0, size-len(fmt.Sprintf(eventFormat, 0, 0, open+`""]`)))
	padding := open + strings.Repeat(tag, rest/len(tag)) + `"` + strings.Repeat("x", rest%len(tag)) + `"]`
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(eventFormat, first+i, first+i, padding)
	}
	return all
}

// eventsIn returns the numbers of the events in a request, which is an event or an array of them.
func eventsIn(body []byte) (numbers []int) {
	for _, rest := range bytes.Split(body, []byte(marker))[1:] {
		i, err := strconv.ParseUint(string(rest[:min(markerDigits, len(rest))]), 16, 32)
		if err == nil {
			numbers = append(numbers, int(i))
		}
	}
	return numbers
}

// receiver accepts events and counts them, as cheaply as is possible with net/http: it looks for one marker in each
// event and parses nothing else.
type receiver struct {
	delay       time.Duration
	answer      []byte
	arrived     []atomic.Int64 // Unix nanoseconds of the first arrival, by number
	distinct    atomic.Int64   // events
	total       atomic.Int64   // events, including duplicates
	connections atomic.Int64   // accepted
}

// ServeHTTP accepts an event or an array of events.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body := make([]byte, max(0, request.ContentLength))
	if n, err := io.ReadFull(request.Body, body); err != nil || n == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	now := time.Now().UnixNano()
	for _, i := range eventsIn(body) {
		r.total.Add(1)
		if i < len(r.arrived) && r.arrived[i].CompareAndSwap(0, now) {
			r.distinct.Add(1)
		}
	}
	time.Sleep(r.delay)
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(r.answer))}
	_, _ = w.Write(r.answer) // a client that has closed the connection needs no answer
}
