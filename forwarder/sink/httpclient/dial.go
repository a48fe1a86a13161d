package httpclient

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// dial makes a connection, or waits for one that several requests can share and somebody else is making: used then.
func (c *Client) dial(ctx context.Context, deadline, since time.Time) (conn *connection, used bool, err error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	for {
		c.mu.Lock()
		others, alone := c.pending, !c.shares
		if !alone && others == nil {
			c.pending = make(chan struct{})
		}
		c.mu.Unlock()
		if alone {
			conn, err = c.connect(ctx, false)
			return conn, false, err
		}
		if others == nil {
			if conn = c.take(time.Now(), since); conn != nil { // it was made since somebody looked
				c.mu.Lock()
				c.dialled()
				c.mu.Unlock()
				return conn, true, nil
			}
			conn, err = c.connect(ctx, true)
			return conn, false, err
		}
		select {
		case <-others:
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
		if conn = c.take(time.Now(), since); conn != nil {
			return conn, true, nil
		}
	}
}

// connect dials; awaited says that others wait for it.
func (c *Client) connect(ctx context.Context, awaited bool) (*connection, error) {
	conn := &connection{client: c, active: 1}
	err := c.handshake(ctx, conn)
	now := time.Now()
	conn.made, conn.heard, conn.expires = now, now, c.expiry(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	if awaited {
		c.dialled()
	}
	if err != nil {
		return nil, err
	}
	if c.shares = conn.shared; c.shares {
		c.ready = append(c.ready, conn)
	}
	return conn, nil
}

// dialled has those look again that waited for a dial. It is called with the lock.
func (c *Client) dialled() {
	close(c.pending)
	c.pending = nil
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

// inTurn has the addresses of the family that the resolver prefers begin at another one each time; those of the other
// come after them.
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
	results := make(chan result)
	begin := time.NewTimer(0)
	defer begin.Stop()
	var failed error
	for dials := 0; ; {
		select {
		case <-begin.C:
			address := net.JoinHostPort(addresses[0].String(), d.port)
			addresses = addresses[1:]
			dials++
			go func() {
				made, err := d.DialContext(ctx, "tcp", address)
				results <- result{made, err}
			}()
			if len(addresses) > 0 {
				begin.Reset(headStart)
			}
		case r := <-results:
			dials--
			if r.error == nil {
				go func() { // the others end with the context
					for range dials {
						if late := <-results; late.Conn != nil {
							_ = late.Close()
						}
					}
				}()
				return r.Conn, nil
			}
			if failed == nil {
				failed = r.error
			}
			if len(addresses) > 0 {
				begin.Reset(0)
			} else if dials == 0 {
				return nil, failed
			}
		}
	}
}
