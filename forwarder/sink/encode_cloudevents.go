package sink

import (
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// appendStructured writes the CloudEvents 1.0 JSON format: one object, or an element of a batch. Data that are JSON are
// put in as they are.
//
// The CloudEvents SDK would take more than twice the time and make the program a third larger. It is the other side of
// the tests, which have it read every kind of event.
func appendStructured(dst []byte, e *event.Event, _ setHeader) (head, data []byte, err error) {
	dst = appendMember(dst, `{"specversion":"1.0","id":`, e.ID)
	dst = appendMember(dst, `,"source":`, e.Source)
	dst = appendMember(dst, `,"type":`, e.Type)
	if e.Subject != "" {
		dst = appendMember(dst, `,"subject":`, e.Subject)
	}
	dst = appendMember(dst, `,"datacontenttype":`, e.ContentType)
	dst = appendTime(dst, `,"time":`, e.Time)
	for _, x := range e.Extensions {
		dst = append(append(dst, `,"`...), x.Name...)
		dst = appendMember(dst, `":`, x.Value)
	}
	if e.ContentType == event.JSON || utf8.Valid(e.Data) {
		head, data = appendData(dst, e)
		return head, data, nil
	}
	return appendMember(dst, `,"data_base64":`, base64.StdEncoding.EncodeToString(e.Data)), nil, nil
}

// appendBinary sets the attributes as headers and leaves the data as they are. The specification would have the values
// percent-encoded, but no SDK decodes that.
func appendBinary(dst []byte, e *event.Event, header setHeader) (head, data []byte, err error) {
	header("Ce-Specversion", "1.0")
	header("Ce-Id", e.ID)
	header("Ce-Source", e.Source)
	header("Ce-Type", e.Type)
	if e.Subject != "" {
		header("Ce-Subject", e.Subject)
	}
	header("Content-Type", e.ContentType)
	header("Ce-Time", e.Time.Format(time.RFC3339Nano))
	for _, x := range e.Extensions {
		header("Ce-"+x.Name, x.Value)
	}
	return dst, e.Data, nil
}
