package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
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

// events returns n events of the same size, numbered from first.
func events(first, n, size int) []string {
	padding := paddingOf(size - len(fmt.Sprintf(eventFormat, 0, 0, "")))
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(eventFormat, first+i, first+i, padding)
	}
	return all
}

// paddingOf returns a JSON member of n bytes, at least 12. Real large events are not one long string, so it consists of
// small members: their many quotes have to be escaped when JSON is put into JSON.
func paddingOf(n int) string {
	const open, tag = `,"tags":[`, `{"key":"tag-00001","value":"0123456789abcdef0123456789abcdef"},`
	rest := max(0, n-len(open)-len(`""]`))
	return open + strings.Repeat(tag, rest/len(tag)) + `"` + strings.Repeat("x", rest%len(tag)) + `"]`
}

// eventsIn calls handle for every event in a request, with its number. A request is an event or an array of them.
func eventsIn(body []byte, handle func(i int)) {
	for {
		_, rest, found := bytes.Cut(body, []byte(marker))
		if !found || len(rest) < markerDigits {
			return
		}
		if i, err := strconv.ParseUint(string(rest[:markerDigits]), 16, 32); err == nil {
			handle(int(i))
		}
		body = rest
	}
}
