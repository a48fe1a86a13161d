package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// template writes EventBridge events of S3 that all have the same size and differ in id and sequencer. Real large
// events are not one long string, so padding is made of small members; their quotes are what JSON in JSON costs.
type template struct{ head, middle, tail string }

const (
	eventHead = `{"version":"0","id":"00000000-0000-4000-8000-`
	eventRest = `","detail-type":"Object Created","source":"aws.s3","account":"123456789012",` +
		`"time":"2026-11-22T05:30:00Z","region":"us-west-2","resources":["arn:aws:s3:::my-pictures"],` +
		`"detail":{"version":"0","bucket":{"name":"my-pictures"},` +
		`"object":{"key":"images/2026/11/22/cat-0001.jpg","size":184320,"etag":"b57f9512698f4b09e608f4f2a65852e5",` +
		`"version-id":"N4N7GDK58NMKJ12R",`
	eventEnd = `"},"request-id":"C3D13FE58DE4C810","requester":"123456789012",` +
		`"source-ip-address":"192.0.2.1","reason":"PutObject"`
	// marker stands once in every event, whatever the event is wrapped into, since its data are passed on as they are.
	marker       = `"sequencer":"`
	markerDigits = 16
)

func newTemplate(size int) template {
	t := template{head: eventHead, middle: eventRest + marker, tail: eventEnd}
	const digitsOfID, end = 12, `}}`
	length := len(t.head) + digitsOfID + len(t.middle) + markerDigits + len(t.tail) + len(end)
	t.tail += padding(size-length) + end
	return t
}

// padding returns a member of exactly n bytes, or none when there is no room for one.
func padding(n int) string {
	const (
		open = `,"tags":[`
		tag  = `{"key":"tag-00001","value":"0123456789abcdef0123456789abcdef"},`
		last = `{"key":"rest","value":"%s"}]`
	)
	rest := n - len(open) - len(last) + len("%s")
	if rest < 0 {
		return ""
	}
	return open + strings.Repeat(tag, rest/len(tag)) + fmt.Sprintf(last, strings.Repeat("x", rest%len(tag)))
}

func (t *template) event(i int) string {
	return t.head + fmt.Sprintf("%012x", i) + t.middle + fmt.Sprintf("%0*x", markerDigits, i) + t.tail
}

// eventsIn calls each with the number of every event in a request.
func eventsIn(body []byte, several bool, each func(i int)) {
	for {
		at := bytes.Index(body, []byte(marker))
		if at < 0 || len(body) < at+len(marker)+markerDigits {
			return
		}
		body = body[at+len(marker):]
		if i, err := strconv.ParseUint(string(body[:markerDigits]), 16, 32); err == nil {
			each(int(i))
		}
		if !several {
			return
		}
	}
}
