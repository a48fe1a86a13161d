package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// connection returns a connection for one request: a ready one whose last answer ended after since (then used is true),
// or else a new one (then used is false). If requests share connections, only one goroutine at a time makes one; the
// others wait for it.
func (c *Client) connection(
	ctx context.Context, deadline, since time.Time,
) (conn *connection, used bool, err error) {
	if conn = c.take(since); conn != nil {
		return conn, true, nil
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if c.shares.Load() {
		if err := c.dialling.Acquire(ctx, 1); err != nil {
			return nil, false, context.Cause(ctx)
		}
		release := sync.OnceFunc(func() { c.dialling.Release(1) })
		defer release()
		if conn = c.take(since); conn != nil { // it may have been made meanwhile
			return conn, true, nil
		}
		if !c.shares.Load() {
			release()
		}
	}
	conn, err = c.connect(ctx)
	return conn, false, err
}

// Reach connects to the receiver and closes the connection. With a proxy it does nothing and returns nil.
func (c *Client) Reach(ctx context.Context) error {
	if c.proxied {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	// Reach does not advance dialer.turn: with two addresses, a request would be sent again to the one that has just
	// failed. It begins at a random address, so that over time it tries all of them, as requests do.
	made, err := c.dialer.dial(ctx, rand.Uint32N(1<<16)) //nolint:gosec // no secret
	if err != nil {
		return fmt.Errorf("reach receiver: %w", err)
	}
	return made.Close()
}

func (c *Client) connect(ctx context.Context) (*connection, error) {
	conn := &connection{client: c, active: 1}
	if err := c.handshake(ctx, conn); err != nil {
		return nil, err
	}
	conn.answered = time.Now()
	conn.expires = conn.answered.Add(c.age())
	c.shares.Store(conn.shared)
	if conn.shared {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ready = append(c.ready, conn)
	}
	return conn, nil
}

// handshake connects conn to the receiver, with the protocol that the receiver speaks.
func (c *Client) handshake(ctx context.Context, conn *connection) error {
	var config *tls.Config
	if c.URL.Scheme == "https" {
		config = c.TLS().Clone()
		config.ServerName = c.dialer.host
	}
	if c.proxied {
		return c.useNetHTTP(ctx, conn, config, nil)
	}
	made, err := c.dialer.dial(ctx, c.dialer.turn.Add(1))
	if err != nil {
		return err
	}
	if config == nil {
		conn.exchanger = newHTTP1(conn, made, made)
		return nil
	}
	config.NextProtos = []string{"h2", "http/1.1"}
	secure := tls.Client(made, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = made.Close() // the handshake's error is returned
		return err
	}
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return c.useNetHTTP(ctx, conn, config, secure)
	}
	conn.exchanger = newHTTP1(conn, secure, made)
	return nil
}

// dialer connects to a name's addresses. Each dial looks the name up and begins at another address, so that a request
// that one address does not answer goes to the next when it is sent again, and the load is spread over all. An address
// that does not answer delays the next for at most addressTime.
type dialer struct {
	net.Dialer
	host, port string
	lookup     func(ctx context.Context, network, host string) ([]netip.Addr, error)
	turn       atomic.Uint32
}

const addressTime = 300 * time.Millisecond

// newDialer returns a dialer for the host of u; the port is the scheme's default if u names none.
func newDialer(u *url.URL) *dialer {
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	keepAlive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	return &dialer{
		Dialer: net.Dialer{KeepAliveConfig: keepAlive}, host: u.Hostname(), port: port,
		lookup: net.DefaultResolver.LookupNetIP,
	}
}

// dial connects to the first address that can be reached, beginning with the one whose turn it is. Its error is that of
// the last address, which gets all the time that is left.
func (d *dialer) dial(ctx context.Context, turn uint32) (made net.Conn, err error) {
	addresses, err := d.lookup(ctx, "ip", d.host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
	for i, address := range rotated(addresses, turn) {
		trying, cancel := context.WithTimeout(ctx, addressTime)
		if i == len(addresses)-1 {
			trying = ctx
		}
		made, err = d.DialContext(trying, "tcp", net.JoinHostPort(address.String(), d.port))
		cancel()
		if err == nil {
			return made, nil
		}
	}
	return nil, err
}

// rotated rotates the addresses of the family that the resolver prefers, so that each turn starts with another address.
// Those of the other family follow.
func rotated(addresses []netip.Addr, turn uint32) []netip.Addr {
	var preferred, other []netip.Addr
	for _, a := range addresses {
		a = a.Unmap()
		if a.Is4() == addresses[0].Unmap().Is4() {
			preferred = append(preferred, a)
		} else {
			other = append(other, a)
		}
	}
	slices.SortFunc(preferred, netip.Addr.Compare) // name servers change the order as well
	first := int(turn) % len(preferred)
	return slices.Concat(preferred[first:], preferred[:first], other)
}
