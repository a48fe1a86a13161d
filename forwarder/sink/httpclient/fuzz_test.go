package httpclient

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzAnswer has a receiver that answers with anything. What is taken for an answer begins as one.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		ok,
		chunked,
		ok + ok,
		"HTTP/1.1 103 Early Hints\r\n\r\n" + ok,
		"HTTP/1.0 204 No Content\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\n\r\nwhy",
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
		"",
		"\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := New(Options{URL: &url.URL{Scheme: "http", Host: "receiver"}, Timeout: time.Second})
		c.dialer.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return nil, errors.New("no other") }
		mine, other := net.Pipe()
		conn := &connection{client: c, active: 1}
		conn.exchanger = newHTTP1(conn, mine, mine)
		c.done(conn, true)
		defer c.CloseIdleConnections()
		go func() {
			defer func() { _ = other.Close() }()
			listen(bufio.NewReader(other))
			_, _ = other.Write(text)
		}()
		if status, _, _ := ask(t.Context(), c, "http://receiver", "event"); status != 0 &&
			!strings.HasPrefix(string(text), "HTTP/") {
			t.Errorf("%q: %d", text, status)
		}
	})
}
