package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

// netHTTP is a connection made by net/http: one that uses HTTP/2, or goes through a proxy.
type netHTTP struct {
	*http.ClientConn
	owner *connection
}

// pingAfter is how long an HTTP/2 connection may be silent before a ping is sent, and how long the ping's answer may
// take: so a dead connection ends within twice this time, however long a request may take.
var pingAfter = 5 * time.Second

// maxStreams is how many requests share a connection, even if the receiver allows more. Requests on one connection wait
// for one another to be written: with a distant receiver and hundreds of requests per connection, a third connection
// raised the throughput by a sixth. A load balancer in front of the receiver also has more connections to distribute.
const maxStreams = 100

// useNetHTTP makes conn a connection of net/http, over the TLS connection secure unless that is nil.
func (c *Client) useNetHTTP(ctx context.Context, conn *connection, config *tls.Config, secure *tls.Conn) error {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: c.dialer.DialContext,
		// net/http by itself would report only the text of the status line.
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
			if response.StatusCode == http.StatusOK {
				return nil
			}
			return &ProxyError{Response: response}
		},
		TLSClientConfig: config, ForceAttemptHTTP2: true,
		HTTP2:              &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
		ReadBufferSize:     readBuffer,
		DisableCompression: true, // nobody reads the answers
	}
	if secure != nil {
		transport.Proxy = nil
		transport.DialTLSContext = func(context.Context, string, string) (net.Conn, error) { return secure, nil }
	}
	made, err := transport.NewClientConn(ctx, c.URL.Scheme, net.JoinHostPort(c.dialer.host, c.dialer.port))
	if err != nil {
		return err
	}
	conn.exchanger, conn.shared = &netHTTP{ClientConn: made, owner: conn}, made.Available() > 1
	return nil
}

// ProxyError is the error of a request if a proxy refuses to connect to the receiver.
type ProxyError struct{ Response *http.Response }

func (p *ProxyError) Error() string { return "proxy answers " + p.Response.Status }

// takes uses the client's own count of active requests: ClientConn.Reserve can block for ever after the receiver has
// lowered its limit.
func (n *netHTTP) takes(active int) bool {
	free := n.Available()
	return active < maxStreams && free > 0 && free+n.InFlight() > active
}

func (n *netHTTP) close() { _ = n.Close() }

func (n *netHTTP) exchange(request *http.Request, deadline time.Time, _ bool) (*http.Response, error) {
	ctx, cancel := context.WithDeadline(request.Context(), deadline)
	response, err := n.RoundTrip(request.WithContext(ctx))
	if err != nil {
		var reset xhttp2.StreamError // errors.As fills it in, because it has the fields of net/http's unexported error
		switch ended := ctx.Err(); {
		case ended != nil:
			err = ended
		case errors.As(err, &reset) && (reset.Code == xhttp2.ErrCodeRefusedStream || reset.Code == xhttp2.ErrCodeProtocol):
			// The receiver did not read the request (RFC 9113, 8.7), because it already had too many. One that uses net/http's
			// server answers with a protocol error instead, once it has announced its limit.
			err = fmt.Errorf("%w: %w", errRefused, err)
		case n.Available() == 0:
			err = fmt.Errorf("%w: %w", errClosedEarly, err)
		}
		cancel()
		return nil, err
	}
	response.Body = &answer{ReadCloser: response.Body, conn: n.owner, last: response.Close, cancel: cancel}
	return response, nil
}

// finish closes the answer's body, which ends a request that is still being sent.
func (n *netHTTP) finish(a *answer) bool {
	_ = a.ReadCloser.Close() // what is left is not wanted
	a.cancel()
	return a.whole
}
