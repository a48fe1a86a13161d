// Package httpclient makes requests to one receiver, over connections that it looks after: none is used for longer than
// its age allows, and when a request gets no answer, those that have been silent since are not used for the next.
// HTTP/1.1 without a proxy is its own; HTTP/2 and proxies are net/http's.
package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options say whom to ask, and how.
type Options struct {
	URL     *url.URL           // of all requests: its scheme and host count
	TLS     func() *tls.Config // asked for each connection; it may change
	Timeout time.Duration      // of a request, from dialling to the end of the answer
	MaxAge  time.Duration      // of a connection; 0 means without end
	MaxIdle int                // connections that are kept

	OnProxyConnectResponse func(context.Context, *url.URL, *http.Request, *http.Response) error // as http.Transport has it
}

// Client is an http.RoundTripper that bounds the time of each request. It is safe for concurrent use.
type Client struct {
	Options
	address string // host:port
	dialer  dialer
	proxied bool

	shares   atomic.Bool   // the receiver speaks HTTP/2, as far as is known: several requests share a connection
	dialling chan struct{} // holds one element while a connection that is to be shared is made

	mu     sync.Mutex
	ready  []*connection // they take a request; the last one was used last
	tended bool          // somebody will look for those that have been idle for too long
}

// New prepares a client; it does not connect.
func New(o Options) *Client {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: o.URL})
	proxied := proxy != nil || err != nil // which then fails, and says so, with each request
	c := &Client{
		Options: o, address: HostPort(o.URL), dialer: newDialer(HostPort(o.URL)), proxied: proxied,
		dialling: make(chan struct{}, 1),
	}
	c.shares.Store(o.URL.Scheme == "https")
	return c
}

// HostPort is where u is listened at.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

var (
	errNoAnswer = errors.New("connection was closed before an answer")      // before its first byte
	errRefused  = errors.New("receiver refused the request without a look") // it had too many at once on this connection
)

// maxTries bounds how often a request is sent that the receiver, as far as can be known, has not looked at.
const maxTries = 6

// RoundTrip implements http.RoundTripper. The request's time begins here and covers the answer's body.
func (c *Client) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, began := request.Context(), time.Now()
	deadline, sent, since := began.Add(c.Timeout), began, time.Time{}
	for tries := 1; ; tries++ {
		conn, used := c.take(sent, since), true
		if conn == nil {
			var err error
			if conn, used, err = c.dial(ctx, deadline, since); err != nil {
				return nil, cause(ctx, err)
			}
			sent = time.Now()
		}
		response, err := c.exchange(conn, request, sent, deadline, used)
		closed, refused := used && errors.Is(err, errNoAnswer), errors.Is(err, errRefused)
		if !closed && !refused || ctx.Err() != nil || tries == maxTries {
			return response, cause(ctx, err)
		}
		if closed { // while it was idle, or as the request came: the event may come twice, as after any answer that is lost
			since = began
		}
		sent, request = time.Now(), request.WithContext(ctx)
		if request.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
}

// exchange makes one request; used says that the connection had others before.
func (c *Client) exchange(
	conn *connection, request *http.Request, sent, deadline time.Time, used bool,
) (*http.Response, error) {
	response, err := conn.exchange(request, deadline, used)
	if err == nil {
		return response, nil
	}
	c.done(conn, false)
	if request.Context().Err() == nil && isTimeout(err) {
		c.suspect(sent)
	}
	return nil, err
}

// cause replaces an I/O error by the reason why the request ended: ctx's cause when ctx has ended,
// context.DeadlineExceeded when its time ran out, else the error itself.
func cause(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	}
	return err
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// expiry is when a connection that is made now is too old: somewhat early, each at another time, so that not all are
// replaced at once.
func (c *Client) expiry(now time.Time) time.Time {
	if c.MaxAge <= 0 {
		return time.Time{}
	}
	return now.Add(c.MaxAge - rand.N(c.MaxAge/5+1)) //nolint:gosec // jitter is no secret
}
