package sink

import (
	"fmt"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// appendStructured writes the CloudEvents 1.0 JSON format: one object, or an element of a batch.
func appendStructured(dst []byte, e *event.Event, _ setHeader) (head, data []byte) {
	dst = appendMember(dst, `{"specversion":"1.0","id":`, e.ID)
	dst = appendMember(dst, `,"source":`, e.Source)
	dst = appendMember(dst, `,"type":`, e.Type)
	if e.Subject != "" {
		dst = appendMember(dst, `,"subject":`, e.Subject)
	}
	dst = appendTime(dst, `,"time":`, e.Time)
	for _, x := range e.Extensions {
		dst = append(append(dst, `,"`...), x.Name...)
		dst = appendMember(dst, `":`, x.Value)
	}
	dst = appendMember(dst, `,"datacontenttype":`, e.ContentType)
	return appendData(dst, e)
}

// appendBinary puts the attributes into headers (CloudEvents 1.0 HTTP protocol binding, 3.1) and leaves the data as they are.
func appendBinary(dst []byte, e *event.Event, header setHeader) (head, data []byte) {
	header("Content-Type", e.ContentType)
	set := func(name, value string) {
		if value != "" {
			header("Ce-"+name, percentEncoded(value))
		}
	}
	set("Specversion", "1.0")
	set("Id", e.ID)
	set("Source", e.Source)
	set("Type", e.Type)
	set("Subject", e.Subject)
	set("Time", e.Time.Format(time.RFC3339Nano))
	for _, x := range e.Extensions {
		set(x.Name, x.Value)
	}
	return dst, e.Data
}

// percentEncoded writes an attribute as a header value: 3.1.3.2 of the binding names what must be encoded.
func percentEncoded(text string) string {
	plain := func(c byte) bool { return c > ' ' && c <= '~' && c != '"' && c != '%' }
	clean := 0
	for clean < len(text) && plain(text[clean]) {
		clean++
	}
	if clean == len(text) {
		return text
	}
	out := []byte(text[:clean])
	for i := clean; i < len(text); i++ {
		if c := text[i]; plain(c) {
			out = append(out, c)
		} else {
			out = fmt.Appendf(out, "%%%02X", c)
		}
	}
	return string(out)
}
