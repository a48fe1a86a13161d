package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// played is a connection that only knows whether it is open.
type played struct{ closed atomic.Bool }

func (p *played) exchange(*http.Request, time.Time, bool) (*http.Response, error) { return nil, nil }

func (p *played) finish(*answer) bool { return true }

func (p *played) takes(int) bool { return !p.closed.Load() }

func (p *played) close() { p.closed.Store(true) }

func pool(change func(*Options)) *Client {
	o := Options{URL: &url.URL{Scheme: "http", Host: "receiver.invalid"}}
	if change != nil {
		change(&o)
	}
	return New(o)
}

// used is a connection after its first answer.
func used(c *Client) *played {
	p, now := &played{}, time.Now()
	c.done(&connection{exchanger: p, client: c, answered: now, expires: now.Add(c.age()), active: 1}, true)
	return p
}

func open(all []*played) (n int) {
	for _, p := range all {
		if !p.closed.Load() {
			n++
		}
	}
	return n
}

func ready(c *Client) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ready)
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pool(nil)
		all := []*played{used(c), used(c), used(c), used(c)}
		if n := open(all); n != 4 {
			t.Errorf("%d are kept", n)
		}
		time.Sleep(idleTime / 2)
		c.done(c.take(time.Time{}), true)
		time.Sleep(idleTime/2 + time.Second)
		synctest.Wait()
		if n := open(all); n != 1 || ready(c) != 1 {
			t.Errorf("%d are kept, of which one was used", n)
		}
		time.Sleep(idleTime)
		synctest.Wait()
		if n := open(all); n != 0 || ready(c) != 0 {
			t.Errorf("%d are kept after all", n)
		}
		last := used(c)
		c.CloseIdleConnections()
		synctest.Wait()
		if !last.closed.Load() {
			t.Error("the last one is kept")
		}
		time.Sleep(2 * idleTime) // nothing looks after them any more
	})
}

// TestAges has connections that were made together end apart from each other, and none after its time.
func TestAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pool(func(o *Options) { o.MaxAge = 50 * time.Second })
		var all []*played
		for range 100 {
			all = append(all, used(c))
		}
		seen := map[int]bool{}
		for range 50 {
			time.Sleep(time.Second)
			var taken []*connection
			for conn := c.take(time.Time{}); conn != nil; conn = c.take(time.Time{}) {
				taken = append(taken, conn)
			}
			for _, conn := range taken {
				c.done(conn, true)
			}
			synctest.Wait()
			seen[open(all)] = true
		}
		if n := open(all); n != 0 || len(seen) < 5 {
			t.Errorf("%d are left, and on the way there were %d numbers of them", n, len(seen))
		}
		if pool(nil).age() < noMaxAge/2 {
			t.Error("an age of 0 is an age")
		}
		time.Sleep(2 * idleTime)
	})
}

func TestAddressesTakeTurns(t *testing.T) {
	a := netip.MustParseAddr
	one, two, six := a("192.0.2.1"), a("192.0.2.2"), a("2001:db8::1")
	for turn, want := range [][]netip.Addr{{one, two, six}, {two, one, six}, {one, two, six}} {
		if got := rotated([]netip.Addr{a("::ffff:192.0.2.2"), six, one}, uint32(turn)); !slices.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
	}
}

// TestSilentAddress has one of a name's addresses say nothing, and another refuse.
func TestSilentAddress(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	silent := netip.MustParseAddr("192.0.2.1")
	refusing := netip.MustParseAddr("192.0.2.2")
	well := netip.MustParseAddr("127.0.0.1")
	d := newDialer(&url.URL{Host: listener.Addr().String()})
	d.ControlContext = func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		switch host, _, _ := net.SplitHostPort(address); host {
		case silent.String():
			<-ctx.Done()
			return context.Cause(ctx)
		case refusing.String():
			return syscall.ECONNREFUSED
		}
		return nil
	}
	for _, row := range []struct {
		addresses []netip.Addr
		want      error
	}{
		{[]netip.Addr{silent, well}, nil},
		{[]netip.Addr{refusing, silent, well}, nil},
		{[]netip.Addr{well, silent}, nil},
		{[]netip.Addr{refusing}, syscall.ECONNREFUSED},
	} {
		d.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return row.addresses, nil }
		for turn := range uint32(len(row.addresses)) {
			made, err := d.dial(t.Context(), turn)
			if !errors.Is(err, row.want) || (err == nil) != (made != nil) {
				t.Errorf("%v, turn %d: %v", row.addresses, turn, err)
			}
			if made != nil {
				_ = made.Close()
			}
		}
	}
}

func TestHostPort(t *testing.T) {
	for text, want := range map[string]string{
		"http://receiver.example":   "receiver.example:80",
		"https://receiver.example/": "receiver.example:443",
		"http://[::1]:8080":         "[::1]:8080",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := newDialer(u); net.JoinHostPort(d.host, d.port) != want {
			t.Errorf("%s is %s and %s, not %s", text, d.host, d.port, want)
		}
	}
}

// clientOfServer returns a client of a server on this machine.
func clientOfServer(t *testing.T) *Client {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{URL: address, Timeout: time.Minute})
}

// TestReachTakesNoTurn checks that Reach, which is called before each probe, leaves the order of the addresses to the
// requests: else each probe would go to the same address.
func TestReachTakesNoTurn(t *testing.T) {
	c := clientOfServer(t)
	if err := c.Reach(t.Context()); err != nil || c.dialer.turn.Load() != 0 {
		t.Errorf("turn %d, %v", c.dialer.turn.Load(), err)
	}
}

// TestReachFindsASlowAddress has one address that takes longer to connect to than each but the last gets, and one that
// refuses. Requests succeed if they begin at the other one, and so must a check now and then.
func TestReachFindsASlowAddress(t *testing.T) {
	c := clientOfServer(t)
	slow, refusing := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	c.dialer.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{slow, refusing}, nil
	}
	c.dialer.ControlContext = func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		if host, _, _ := net.SplitHostPort(address); host == refusing.String() {
			return syscall.ECONNREFUSED
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(addressTime + 100*time.Millisecond):
			return nil
		}
	}
	var err error
	for range 20 {
		if err = c.Reach(t.Context()); err == nil {
			return
		}
	}
	t.Error(err)
}
