// Package httpclient makes requests to one receiver, over connections that it manages: it replaces those that are older
// than MaxAge, and after a request that has timed out it does not reuse connections that have brought no answer since
// that request was sent. It has its own code for HTTP/1.1 without a proxy, and uses net/http for HTTP/2 and for
// proxies.
package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options say where and how requests are sent.
type Options struct {
	URL     *url.URL           // only its scheme and host are used, for all requests
	TLS     func() *tls.Config // called for each connection; the result may change
	Timeout time.Duration      // of a request, from dialling to the end of the answer
	MaxAge  time.Duration      // of a connection; 0 means no limit
}

// Client is an http.RoundTripper that limits the time of each request. It is safe for concurrent use.
type Client struct {
	Options
	dialer  *dialer
	proxied bool

	shares   atomic.Bool         // the receiver speaks HTTP/2, as far as is known: several requests share a connection
	dialling *semaphore.Weighted // held while a connection that is to be shared is made

	mu    sync.Mutex
	ready []*connection // connections that can take a request; the most recently used one is the last
	timed bool          // a timer is set that will close idle connections
}

// noMaxAge is longer than any connection lives.
const noMaxAge = 100 * 365 * 24 * time.Hour

// New prepares a client; it does not connect.
func New(o Options) *Client {
	o.MaxAge = cmp.Or(o.MaxAge, noMaxAge)
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: o.URL})
	proxied := proxy != nil || err != nil // such an error is then reported by each request
	c := &Client{Options: o, dialer: newDialer(o.URL), proxied: proxied, dialling: semaphore.NewWeighted(1)}
	c.shares.Store(o.URL.Scheme == "https")
	return c
}

var (
	errClosedEarly = errors.New("connection was closed before an answer")          // before its first byte
	errRefused     = errors.New("receiver refused the request without reading it") // it had too many on this connection
)

// maxTries is how many times a request is sent at most. It is sent again only if, as far as can be known, the receiver
// has not read it.
const maxTries = 6

// RoundTrip implements http.RoundTripper. The request's time begins here and covers the answer's body.
func (c *Client) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, deadline := request.Context(), time.Now().Add(c.Timeout)
	var since time.Time // only connections that have brought an answer since then are used
	for tries := 1; ; tries++ {
		conn, used, err := c.connection(ctx, deadline, since)
		if err != nil {
			return nil, cause(ctx, err)
		}
		sent := time.Now()
		response, err := conn.exchange(request, deadline, used)
		if err == nil {
			return response, nil
		}
		c.done(conn, false)
		err = cause(ctx, err)
		// closed while it was idle, or just as the request arrived: in the second case, the event may arrive twice
		closed := used && errors.Is(err, errClosedEarly)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			// If a node died, or a NAT gateway lost its table, all connections through it are dead. A receiver that is only slow
			// for some requests answers others meanwhile, on connections that are kept.
			c.retireAll(func(conn *connection) bool { return conn.answered.Before(sent) })
		case closed: // the others may be well: a receiver may close a single connection, or one of several may restart
			since = sent
		}
		if ctx.Err() != nil || tries == maxTries || !closed && !errors.Is(err, errRefused) {
			return nil, err
		}
		request = request.WithContext(ctx)
		if request.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
}

// cause replaces an I/O error by the reason why the request ended: ctx's cause when ctx has ended,
// context.DeadlineExceeded when its time ran out, otherwise the error itself.
func cause(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	}
	return err
}

// age returns the age at which a connection is replaced: MaxAge or up to a fifth less, so that not all connections are
// replaced at once.
func (c *Client) age() time.Duration {
	return c.MaxAge - rand.N(c.MaxAge/5+1) //nolint:gosec // jitter is no secret
}
