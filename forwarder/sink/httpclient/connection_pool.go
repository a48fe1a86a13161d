package httpclient

import (
	"io"
	"net/http"
	"slices"
	"time"
)

// idleTime is how long a connection may be idle before it is closed.
const idleTime = 90 * time.Second

// exchanger makes requests over one connection.
type exchanger interface {
	// exchange makes one request; used says that there were others before. Without an error, the answer's body reports to
	// the connection's done when it is closed, once.
	exchange(request *http.Request, deadline time.Time, used bool) (*http.Response, error)
	// takes reports whether a shared connection with so many active requests takes one more.
	takes(active int) bool
	// close ends the connection. What is under way fails.
	close()
}

// tracked is a body that notes whether it has been read to its end.
type tracked struct {
	io.ReadCloser
	whole bool
}

// Read implements io.Reader.
func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.whole = t.whole || err == io.EOF
	return n, err
}

// connection is one to the receiver. The client's lock guards what changes.
type connection struct {
	exchanger
	client  *Client
	shared  bool // it takes several requests at once, and stays among those that are ready
	made    time.Time
	expires time.Time // zero: never

	heard   time.Time // the end of its last answer
	active  int       // requests under way
	retired bool      // it is closed after the last of them
}

func (c *connection) tooOld(now time.Time) bool { return !c.expires.IsZero() && now.After(c.expires) }

// take returns a connection that is ready and was made after since, the one that was used last, or nil.
func (c *Client) take(now, since time.Time) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, conn := range slices.Backward(c.ready) {
		switch {
		case conn.tooOld(now):
			c.retire(i)
		case conn.made.Before(since):
		case !conn.shared:
			c.ready = slices.Delete(c.ready, i, i+1)
			conn.active = 1
			return conn
		case conn.takes(conn.active):
			conn.active++
			return conn
		case conn.active == 0: // not full but ended
			c.retire(i)
		}
	}
	return nil
}

// retire takes the i-th out of those that are ready. It is called with the lock, which a close may not hold up.
func (c *Client) retire(i int) {
	conn := c.ready[i]
	c.ready = slices.Delete(c.ready, i, i+1)
	conn.retired = true
	if conn.active == 0 {
		go conn.close()
	}
}

// retireAll retires those that unfit says.
func (c *Client) retireAll(unfit func(*connection) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, conn := range slices.Backward(c.ready) {
		if unfit(conn) {
			c.retire(i)
		}
	}
}

// done ends a request; whole says that its answer was read to the end and others may follow.
func (c *Client) done(conn *connection, whole bool) {
	now := time.Now()
	c.mu.Lock()
	conn.active--
	if whole {
		conn.heard = now
	}
	kept := conn.active > 0 || !conn.retired
	if !conn.shared {
		kept = whole && !conn.tooOld(now) && len(c.ready) < c.MaxIdle
		if kept {
			c.ready = append(c.ready, conn)
		}
	}
	if kept && !c.tended {
		c.tended = true
		time.AfterFunc(idleTime, c.tend)
	}
	c.mu.Unlock()
	if !kept {
		conn.close()
	}
}

// suspect retires all that have brought no answer since a request was sent that got none: a node that died, or a NAT
// that forgot, takes all its connections along. A receiver that is merely slow on some requests answers others
// meanwhile.
func (c *Client) suspect(since time.Time) {
	c.retireAll(func(conn *connection) bool { return conn.heard.Before(since) })
}

// CloseIdleConnections closes what is not in use.
func (c *Client) CloseIdleConnections() {
	c.retireAll(func(*connection) bool { return true })
}

// tend closes what has been idle for too long, and comes back as long as there is something to look after.
func (c *Client) tend() {
	now := time.Now()
	c.retireAll(func(conn *connection) bool { return conn.active == 0 && now.Sub(conn.heard) >= idleTime })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tended = len(c.ready) > 0; c.tended {
		oldest := slices.MinFunc(c.ready, func(a, b *connection) int { return a.heard.Compare(b.heard) })
		time.AfterFunc(max(idleTime-now.Sub(oldest.heard), idleTime/10), c.tend)
	}
}
