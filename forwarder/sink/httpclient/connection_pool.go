package httpclient

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"
)

// idleTime is how long a connection may be idle before it is closed.
const idleTime = 90 * time.Second

// exchanger makes requests over one connection.
type exchanger interface {
	// exchange makes one request; used says that there were others before. Without an error, the body of the answer is an
	// *answer.
	exchange(request *http.Request, deadline time.Time, used bool) (*http.Response, error)
	// finish ends the request of an answer, and reports whether the connection can be used for another.
	finish(a *answer) bool
	// takes reports whether a ready connection with active requests can take one more.
	takes(active int) bool
	// close ends the connection. Requests in progress fail.
	close()
}

// answer is the body of an answer.
type answer struct {
	io.ReadCloser
	conn   *connection
	whole  bool // it has been read to its end
	last   bool // there is no further answer on this connection
	cancel context.CancelFunc
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.whole = a.whole || err == io.EOF
	return n, err
}

// Close implements io.Closer; it is called once.
func (a *answer) Close() error {
	isUsable := a.conn.finish(a)
	a.conn.client.done(a.conn, isUsable && !a.last)
	return nil
}

// connection is a connection to the receiver. The client's lock guards the fields that change.
type connection struct {
	exchanger
	client  *Client
	shared  bool // it takes several requests at once, and stays in ready meanwhile
	expires time.Time

	answered time.Time // when its last answer ended, or when it was made
	active   int       // requests in progress
	retired  bool      // it is closed after its last active request
}

// take returns the most recently used of the ready connections whose last answer ended after since, or nil. A new
// connection counts as if an answer had ended when it was made.
func (c *Client) take(since time.Time) *connection {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, conn := range slices.Backward(c.ready) {
		switch {
		case now.After(conn.expires):
			c.retire(i)
		case conn.answered.Before(since):
		case conn.takes(conn.active):
			conn.active++
			if !conn.shared {
				c.ready = slices.Delete(c.ready, i, i+1)
			}
			return conn
		case conn.active == 0: // it has no requests and takes none, so it has ended
			c.retire(i)
		}
	}
	return nil
}

// retire removes the i-th ready connection. It is called with the lock held, so it closes the connection in a
// goroutine.
func (c *Client) retire(i int) {
	conn := c.ready[i]
	c.ready = slices.Delete(c.ready, i, i+1)
	conn.retired = true
	if conn.active == 0 {
		go conn.close()
	}
}

// retireAll retires every ready connection for which unfit returns true.
func (c *Client) retireAll(unfit func(*connection) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, conn := range slices.Backward(c.ready) {
		if unfit(conn) {
			c.retire(i)
		}
	}
}

// done ends a request; reusable says that its answer was read to the end and another request may follow.
func (c *Client) done(conn *connection, reusable bool) {
	now := time.Now()
	c.mu.Lock()
	conn.active--
	if reusable {
		conn.answered = now
	}
	kept := reusable
	if conn.shared {
		kept = conn.active > 0 || !conn.retired
	} else if reusable {
		c.ready = append(c.ready, conn)
	}
	if kept && !c.timed {
		c.timed = true
		time.AfterFunc(idleTime, c.closeLongIdle)
	}
	c.mu.Unlock()
	if !kept {
		conn.close()
	}
}

// CloseIdleConnections closes the connections that are not in use.
func (c *Client) CloseIdleConnections() {
	c.retireAll(func(*connection) bool { return true })
}

// closeLongIdle closes connections that have been idle for too long, and runs again later while there are others.
func (c *Client) closeLongIdle() {
	now := time.Now()
	c.retireAll(func(conn *connection) bool { return conn.active == 0 && now.Sub(conn.answered) >= idleTime })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed = len(c.ready) > 0; c.timed {
		time.AfterFunc(idleTime/10, c.closeLongIdle)
	}
}
