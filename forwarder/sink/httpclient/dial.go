package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// dial makes a connection. If requests share connections and another goroutine is making one, it waits for that one and
// returns used as true.
func (c *Client) dial(ctx context.Context, deadline, since time.Time) (conn *connection, used bool, err error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if c.shares.Load() {
		select {
		case c.dialling <- struct{}{}:
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
		conn = c.take(time.Now(), since) // one that was made meanwhile
		if conn != nil || !c.shares.Load() {
			<-c.dialling
		} else {
			defer func() { <-c.dialling }()
		}
		if conn != nil {
			return conn, true, nil
		}
	}
	conn, err = c.connect(ctx)
	return conn, false, err
}

func (c *Client) connect(ctx context.Context) (*connection, error) {
	conn := &connection{client: c, active: 1}
	if err := c.handshake(ctx, conn); err != nil {
		return nil, err
	}
	now := time.Now()
	conn.made, conn.heard, conn.expires = now, now, c.expiry(now)
	c.shares.Store(conn.shared)
	if conn.shared {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ready = append(c.ready, conn)
	}
	return conn, nil
}

// handshake has conn speak what the receiver speaks.
func (c *Client) handshake(ctx context.Context, conn *connection) error {
	var config *tls.Config
	if c.URL.Scheme == "https" {
		config = c.TLS().Clone()
		config.ServerName = c.dialer.host
	}
	if c.proxied {
		return c.netHTTP(ctx, conn, config, nil)
	}
	made, err := c.dialer.dial(ctx)
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
		_ = made.Close() // what failed is known
		return err
	}
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return c.netHTTP(ctx, conn, config, secure)
	}
	conn.exchanger = newHTTP1(conn, secure, made)
	return nil
}

// dialer connects to a name's addresses. Each dial looks the name up and begins at another address, so that what one of
// them leaves without an answer goes to the next, and all get their share; an address that is silent holds up the next
// one for headStart only.
type dialer struct {
	net.Dialer
	host, port string
	lookup     func(ctx context.Context, network, host string) ([]netip.Addr, error)
	turn       *atomic.Uint32
}

const headStart = 300 * time.Millisecond

func newDialer(address string) dialer {
	host, port, _ := net.SplitHostPort(address) // it was joined just before
	keepAlive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	return dialer{
		Dialer: net.Dialer{KeepAliveConfig: keepAlive}, host: host, port: port,
		lookup: net.DefaultResolver.LookupNetIP, turn: new(atomic.Uint32),
	}
}

func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	addresses, err := d.lookup(ctx, "ip", d.host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
	return d.race(ctx, inTurn(addresses, d.turn.Add(1)))
}

// inTurn rotates the addresses of the family that the resolver prefers, so that each call starts with another one.
// Those of the other family come after them.
func inTurn(addresses []netip.Addr, turn uint32) []netip.Addr {
	var preferred, other []netip.Addr
	for _, a := range addresses {
		a = a.Unmap()
		if a.Is4() == addresses[0].Unmap().Is4() {
			preferred = append(preferred, a)
		} else {
			other = append(other, a)
		}
	}
	slices.SortFunc(preferred, netip.Addr.Compare) // name servers change the order, too
	first := int(turn) % len(preferred)
	return slices.Concat(preferred[first:], preferred[:first], other)
}

// race returns the first connection that is made. Its error is the first one.
func (d *dialer) race(ctx context.Context, addresses []netip.Addr) (net.Conn, error) {
	type result struct {
		net.Conn
		error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan result, len(addresses))
	var won atomic.Bool
	dial := func(address netip.Addr) {
		made, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address.String(), d.port))
		if err == nil && !won.CompareAndSwap(false, true) {
			_ = made.Close() // another one was faster
			return
		}
		results <- result{made, err}
	}
	begin := time.NewTimer(0)
	defer begin.Stop()
	var failed error
	for begun, ended := 0, 0; ; {
		select {
		case <-begin.C:
			go dial(addresses[begun])
			begun++
			if begun < len(addresses) {
				begin.Reset(headStart)
			}
		case r := <-results:
			if r.error == nil {
				return r.Conn, nil
			}
			failed = cmp.Or(failed, r.error)
			ended++
			if ended == len(addresses) {
				return nil, failed
			}
			if begun < len(addresses) {
				begin.Reset(0)
			}
		}
	}
}
