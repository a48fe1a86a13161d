package sink

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// appendStructured writes the CloudEvents 1.0 JSON format: one object, or an element of a batch.
func appendStructured(dst []byte, e *cloudevents.Event, _ http.Header) ([]byte, error) {
	buffer := bytes.NewBuffer(dst)
	if err := cloudevents.WriteJson(e, buffer); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// appendBinary puts the attributes into headers (CloudEvents 1.0 HTTP protocol binding, 3.1) and leaves the data as they are.
func appendBinary(dst []byte, e *cloudevents.Event, header http.Header) ([]byte, error) {
	header.Set("Content-Type", e.DataContentType())
	for name, value := range map[string]string{
		"Specversion": e.SpecVersion(), "Id": e.ID(), "Source": e.Source(), "Type": e.Type(),
		"Subject": e.Subject(), "Time": e.Time().Format(time.RFC3339Nano),
	} {
		setAttribute(header, name, value)
	}
	for name, value := range e.Extensions() {
		text, err := types.Format(value)
		if err != nil {
			return nil, fmt.Errorf("extension %s: %w", name, err)
		}
		setAttribute(header, name, text)
	}
	return append(dst, e.DataEncoded...), nil
}

func setAttribute(header http.Header, name, value string) {
	if value != "" {
		header.Set("Ce-"+name, percentEncoded(value))
	}
}

// percentEncoded writes an attribute as a header value: 3.1.3.2 of the binding names what must be encoded.
func percentEncoded(text string) string {
	var out []byte
	for i := range len(text) {
		switch c := text[i]; {
		case c > ' ' && c <= '~' && c != '"' && c != '%':
			out = append(out, c)
		default:
			out = fmt.Appendf(out, "%%%02X", c)
		}
	}
	return string(out)
}
