package sink

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// direct makes requests over HTTP/1.1 without TLS and without a proxy, as Dispatch, its sidecar and a broker in the same cluster are
// reached. The goroutine that asks writes the request and reads the answer itself. net/http keeps two more goroutines a connection and
// hands each request from one to the other: with a receiver 20 ms away, and so 300 connections, their stacks were most of the
// program's memory, and to scan them for the collector took a fifth of its time. What is written and read is still net/http's code.
type direct struct {
	address string // host:port
	timeout time.Duration
	keep    int // connections when idle

	mu     sync.Mutex
	idle   []*connection // the last one was used last
	tended bool          // somebody will look for those that have been idle for too long
}

// idleTime is how long a connection may be idle before it is closed.
const idleTime = 90 * time.Second

// directTo returns nil where net/http is needed: for TLS, proxies, and names of hosts in other letters than ASCII.
func directTo(o Options) *direct {
	if o.URL == nil || o.URL.Scheme != "http" || !isASCII(o.URL.Host) {
		return nil
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: o.URL}); proxy != nil || err != nil {
		return nil
	}
	return &direct{address: hostPort(o.URL), timeout: o.Timeout, keep: o.Connections}
}

func isASCII(text string) bool {
	return !slices.ContainsFunc([]byte(text), func(c byte) bool { return c >= 0x80 })
}

// hostPort is where u is listened at.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// RoundTrip implements http.RoundTripper. The request's time begins here and covers the answer's body.
func (d *direct) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, deadline := request.Context(), time.Now().Add(d.timeout)
	c := d.take()
	if c != nil {
		response, err := c.exchange(request, deadline)
		if !errors.Is(err, errNoAnswer) || ctx.Err() != nil {
			return response, d.why(ctx, err)
		}
		// It was closed while it was idle, or as the request came: once more on another. The event may come twice then, as after any
		// answer that is lost.
		if request.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
	c, err := d.dial(ctx, deadline)
	if err != nil {
		return nil, d.why(ctx, err)
	}
	response, err := c.exchange(request, deadline)
	return response, d.why(ctx, err)
}

// why tells an end that was asked for, and one of patience, from what failed.
func (d *direct) why(ctx context.Context, err error) error {
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

func (d *direct) dial(ctx context.Context, deadline time.Time) (*connection, error) {
	made, err := (&net.Dialer{Deadline: deadline, KeepAlive: 30 * time.Second}).DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: made, owner: d}
	if system, ok := made.(syscall.Conn); ok {
		if c.raw, err = system.SyscallConn(); err != nil {
			return nil, errors.Join(err, made.Close())
		}
	}
	c.reader = bufio.NewReaderSize(c, readBuffer)
	return c, nil
}

// take returns the connection that was used last, or nil.
func (d *direct) take() *connection {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := len(d.idle) - 1
	if last < 0 {
		return nil
	}
	c := d.idle[last]
	d.idle[last] = nil
	d.idle = d.idle[:last]
	return c
}

// put keeps a connection for the next request.
func (d *direct) put(c *connection) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.idle) >= d.keep {
		c.shut()
		return
	}
	c.since = time.Now()
	d.idle = append(d.idle, c)
	if !d.tended {
		d.tended = true
		time.AfterFunc(idleTime, d.tend)
	}
}

// CloseIdleConnections closes what is not in use.
func (d *direct) CloseIdleConnections() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.idle {
		c.shut()
	}
	d.idle = nil
}

// tend closes what has been idle for too long, and comes back as long as there is something to look after.
func (d *direct) tend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	fresh := slices.IndexFunc(d.idle, func(c *connection) bool { return time.Since(c.since) < idleTime })
	if fresh < 0 {
		fresh = len(d.idle)
	}
	for _, c := range d.idle[:fresh] {
		c.shut()
	}
	d.idle = slices.Delete(d.idle, 0, fresh)
	if d.tended = len(d.idle) > 0; d.tended {
		time.AfterFunc(idleTime-time.Since(d.idle[0].since), d.tend)
	}
}
