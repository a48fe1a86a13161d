// Package reset cuts HTTP connections, for test servers that imitate a failing peer.
package reset

import (
	"crypto/tls"
	"net"
	"net/http"
)

// Connection cuts the connection that a request came over. If last is not empty, it is sent and the connection is
// closed; otherwise the client gets a TCP reset.
func Connection(w http.ResponseWriter, last []byte) {
	conn := Hijack(w)
	defer func() { _ = conn.Close() }()
	if len(last) > 0 {
		_, _ = conn.Write(last) // the client may have closed the connection already
		return
	}
	if secret, ok := conn.(*tls.Conn); ok {
		conn = secret.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes the close a reset
	}
}

// Hijack takes the connection over. If that is impossible (HTTP/2), it panics with http.ErrAbortHandler, which makes
// net/http reset the stream.
func Hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}
