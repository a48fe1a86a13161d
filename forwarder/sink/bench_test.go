package sink

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

// BenchmarkEncode writes an event of 0.7 kB, and ten of them where they go together.
func BenchmarkEncode(b *testing.B) {
	one := fromBody(
		"message-1", strings.Replace(s3Body, `"version":"0"`, `"version":"0","filler":"`+strings.Repeat("x", 300)+`"`, 1),
	)
	header := http.Header{}
	for _, format := range Formats() {
		f, err := formatOf(Options{Format: format})
		if err != nil {
			b.Fatal(err)
		}
		for name, events := range map[string][]*event.Event{
			"one": {one}, "ten": {one, one, one, one, one, one, one, one, one, one},
		} {
			if len(events) > 1 && f.minArray == 0 {
				continue
			}
			b.Run(format+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					clear(header)
					if _, err := f.body(events, header); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// answer takes one request after another.
func answer(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

// BenchmarkSend has a receiver on the loopback interface that answers at once, and whose own work is measured, too.
func BenchmarkSend(b *testing.B) {
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(c)
		}
	}()
	one := fromBody("message-1", s3Body)
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			s, err := New(Options{
				URL:     &url.URL{Scheme: "http", Host: listener.Addr().String()},
				Format:  format,
				Token:   "t0ken",
				Timeout: time.Minute,
			})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.ReportAllocs()
			for b.Loop() {
				if v := s.Send(b.Context(), one); v.Fate != Delivered {
					b.Fatal(v)
				}
			}
		})
	}
}
