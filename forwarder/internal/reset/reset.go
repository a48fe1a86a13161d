// Package reset cuts HTTP connections, for servers that play a peer that fails.
package reset

import (
	"crypto/tls"
	"net"
	"net/http"
)

// Connection cuts the connection that a request came over. With last bytes, those are sent and the connection is
// closed; without, the client gets a TCP reset.
func Connection(w http.ResponseWriter, last []byte) {
	conn := Hijack(w)
	defer func() { _ = conn.Close() }()
	if len(last) > 0 {
		_, _ = conn.Write(last) // the client may have gone already
		return
	}
	if secret, ok := conn.(*tls.Conn); ok {
		conn = secret.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes the close a reset
	}
}

// Hijack takes the connection over. Where that is impossible (HTTP/2), it panics with http.ErrAbortHandler, by which
// net/http cuts the stream.
func Hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}
