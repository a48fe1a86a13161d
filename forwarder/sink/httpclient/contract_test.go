package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The contract holds over each kind of connection, towards net/http's server.
const (
	plain = "plain HTTP/1.1"
	tls1  = "HTTP/1.1 over TLS"
	http2 = "HTTP/2"
)

func overAll(t *testing.T, test func(t *testing.T, kind string)) {
	for _, kind := range []string{plain, tls1, http2} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

// TestDeadConnections has all connections that are idle swallow what is sent: the first try finds that out, for all of
// them.
func TestDeadConnections(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		for name, events := range map[string]int{"one event": 1, "20 a second": 20} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				met := &meeting{}
				r := serve(t, kind, met.ServeHTTP)
				c := r.open(t, nil)
				together(t, c, r, 30, met)
				r.kill()
				c.Timeout = 4 * time.Second // what a healthy connection never takes, on a slow machine either
				var sent sync.WaitGroup
				for i := range events {
					sent.Go(func() {
						<-time.After(time.Duration(i) * time.Second / 20)
						for tries := 1; ; tries++ {
							_, _, err := ask(t.Context(), c, r.URL, "event")
							if err == nil {
								return
							}
							if !errors.Is(err, context.DeadlineExceeded) || tries == 2 {
								t.Errorf("event %d, try %d: %v", i, tries, err)
								return
							}
						}
					})
				}
				sent.Wait()
			})
		}
	})
}

// TestDeadConnectionUnderLongRequest has a request without a bound worth the name on a connection that dies.
func TestDeadConnectionUnderLongRequest(t *testing.T) {
	usual := pingAfter
	pingAfter = 200 * time.Millisecond
	defer func() { pingAfter = usual }()
	met := &meeting{}
	r := serve(t, http2, met.ServeHTTP)
	c := r.open(t, func(o *Options) { o.Timeout = time.Hour })
	mustAsk(t, c, r.URL)
	r.kill()
	mustAsk(t, c, r.URL)
}

// TestSlowReceiver answers most requests at once and some never: what is used meanwhile is not given up for those.
func TestSlowReceiver(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		stop := make(chan struct{})
		r := serve(t, kind, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if string(body) == "slow" {
				<-stop
			}
		})
		defer close(stop)
		c := r.open(t, func(o *Options) { o.Timeout = 2 * time.Second })
		const workers, slow = 8, 4
		ctx, cancel := context.WithCancel(t.Context())
		var quick, failed sync.WaitGroup
		for range workers {
			quick.Go(func() {
				for ctx.Err() == nil {
					if _, _, err := ask(ctx, c, r.URL, "quick"); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		for range slow {
			failed.Go(func() {
				for range 2 {
					if _, _, err := ask(ctx, c, r.URL, "slow"); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v", err)
					}
				}
			})
		}
		failed.Wait()
		cancel()
		quick.Wait()
		most := workers + slow + 2*slow // one for each that got no answer
		if kind == http2 {
			most = 1
		}
		if n := r.dials(); n > most {
			t.Errorf("%d connections, more than %d", n, most)
		}
	})
}

func TestNoAnswer(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		stop := make(chan struct{})
		began := make(chan struct{}, 10)
		r := serve(t, kind, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			began <- struct{}{}
			<-stop
		})
		defer close(stop)
		if _, _, err := ask(
			t.Context(), r.open(t, func(o *Options) { o.Timeout = 50 * time.Millisecond }), r.URL, "event",
		); err == nil ||
			!errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in time: %v", err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		asked := make(chan error)
		c := r.open(t, nil)
		go func() {
			_, _, err := ask(ctx, c, r.URL, "event")
			asked <- err
		}()
		<-began
		why := errors.New("the end")
		cancel(why)
		if err := <-asked; !errors.Is(err, why) {
			t.Errorf("at the end: %v", err)
		}
	})
}

// TestAnotherContext has each request's context end after it.
func TestAnotherContext(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		r := serve(t, kind, (&meeting{}).ServeHTTP)
		c := r.open(t, nil)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			if _, _, err := ask(ctx, c, r.URL, "event"); err != nil {
				t.Error(err)
			}
			cancel()
		}
	})
}

// TestConnectionsAreUsedAgain counts them, one request after another and many at once.
func TestConnectionsAreUsedAgain(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		met := &meeting{}
		r := serve(t, kind, met.ServeHTTP)
		c := r.open(t, nil)
		for range 20 {
			mustAsk(t, c, r.URL)
		}
		if n := r.dials(); n != 1 {
			t.Errorf("%d connections for requests one after another", n)
		}
		for range 3 {
			together(t, c, r, 40, met)
		}
		most := 40
		if kind == http2 {
			most = 1
		}
		if n := r.dials(); n > most {
			t.Errorf("%d connections, more than %d", n, most)
		}
	})
}

// TestAConnectionOutlivesTheTimeOfARequest uses it again when the time of the first request is over.
func TestAConnectionOutlivesTheTimeOfARequest(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		t.Run(kind, func(t *testing.T) {
			r := serve(t, kind, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			c := r.open(t, nil)
			mustAsk(t, c, r.URL)
			c.mu.Lock()
			for _, conn := range c.ready {
				if err := conn.exchanger.(*http1).SetDeadline(time.Unix(1, 0)); err != nil {
					t.Error(err)
				}
			}
			c.mu.Unlock()
			mustAsk(t, c, r.URL)
			if n := r.dials(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestManyAtOnce wants more of a receiver than one connection of HTTP/2 takes, from the first moment on.
func TestManyAtOnce(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		r := prepare(kind, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-time.After(10 * time.Millisecond)
		})
		r.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 10}
		r.start(t, kind)
		c := r.open(t, nil)
		for range 3 {
			var asked sync.WaitGroup
			for range 60 {
				asked.Go(func() {
					if status, _, err := ask(t.Context(), c, r.URL, "event"); err != nil || status != http.StatusOK {
						t.Errorf("status %d, %v", status, err)
					}
				})
			}
			asked.Wait()
		}
		if n := r.dials(); kind == http2 && n > 20 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestManyAreSharedOut has more requests at once than should share a connection, of a receiver that takes them all on
// one.
func TestManyAreSharedOut(t *testing.T) {
	met := &meeting{}
	r := serve(t, http2, met.ServeHTTP)
	c := r.open(t, nil)
	mustAsk(t, c, r.URL) // by then it is known how many the receiver takes
	for range 3 {
		together(t, c, r, maxStreams+50, met)
	}
	if n := r.dials(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestClosedWhenIdle has the receiver close what is idle, as one does that restarts: the next request costs no try.
func TestClosedWhenIdle(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		met := &meeting{}
		r := serve(t, kind, met.ServeHTTP)
		c := r.open(t, nil)
		for range 5 {
			together(t, c, r, 5, met)
			r.CloseClientConnections()
		}
		mustAsk(t, c, r.URL)
	})
}

// TestLastAnswer has each answer say that its connection is the last one's.
func TestLastAnswer(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		r := serve(t, kind, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
		c := r.open(t, nil)
		for range 5 {
			mustAsk(t, c, r.URL)
		}
		if n := r.dials(); n != 5 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestEarlyAnswer has the receiver refuse a large body that it does not read.
func TestEarlyAnswer(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		for name, stays := range map[string]bool{"and closes": false, "and stays": true} {
			if stays && kind == http2 {
				continue // the end of a handler is the end of its answer there
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stop := make(chan struct{})
				r := serve(t, kind, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Length", "8")
					w.WriteHeader(http.StatusRequestEntityTooLarge)
					_, _ = io.WriteString(w, "too long")
					_ = http.NewResponseController(w).Flush()
					if stays {
						<-stop
					}
				})
				defer close(stop)
				c := r.open(t, func(o *Options) { o.Timeout = 20 * time.Second })
				for range 3 {
					began := time.Now()
					status, text, err := ask(t.Context(), c, r.URL, string(make([]byte, 32<<20)))
					if took := time.Since(began); took >= c.Timeout {
						t.Errorf("the answer was seen after %s", took)
					}
					if err != nil || status != http.StatusRequestEntityTooLarge || text != "too long" {
						t.Errorf("status %d, %q, %v", status, text, err)
					}
				}
			})
		}
	})
}

// TestLargeBodies go over one connection: that they were written to the end is known before the next.
func TestLargeBodies(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		r := serve(t, kind, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			if n != 1<<20 {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
		c := r.open(t, nil)
		for range 20 {
			if status, _, err := ask(t.Context(), c, r.URL, string(make([]byte, 1<<20))); err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v", status, err)
			}
		}
		if n := r.dials(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestMaxAge has connections made anew while they are in use, and a request that outlives its own.
func TestMaxAge(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		stop, began := make(chan struct{}), make(chan struct{})
		end := sync.OnceFunc(func() { close(stop) })
		defer end()
		r := serve(t, kind, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.URL.Path == "/long" {
				close(began)
				<-stop
				_, _ = io.WriteString(w, "after all")
			}
		})
		c := r.open(t, func(o *Options) { o.MaxAge = 20 * time.Millisecond })
		long := make(chan error)
		go func() {
			_, text, err := ask(t.Context(), c, r.URL+"/long", "event")
			if text != "after all" {
				err = errors.Join(err, errors.New("answer is "+text))
			}
			long <- err
		}()
		<-began
		for until := time.Now().Add(15 * time.Second); r.dials() < 5 && time.Now().Before(until); {
			mustAsk(t, c, r.URL)
		}
		if n := r.dials(); n < 5 {
			t.Errorf("%d connections in all", n)
		}
		end()
		if err := <-long; err != nil {
			t.Error(err)
		}
	})
}

// TestNameMoves has the receiver's name lead elsewhere while requests keep its connections busy.
func TestNameMoves(t *testing.T) {
	overAll(t, func(t *testing.T, kind string) {
		first := serve(t, kind, func(http.ResponseWriter, *http.Request) {})
		var asked atomic.Int32
		second := serve(t, kind, func(http.ResponseWriter, *http.Request) { asked.Add(1) }) // with the same certificate
		c := first.open(t, func(o *Options) { o.MaxAge = 20 * time.Millisecond })
		mustAsk(t, c, first.URL)
		moved := second.Listener.Addr().(*net.TCPAddr).AddrPort()
		c.dialer.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
			c.dialer.port = strconv.Itoa(int(moved.Port())) // two servers have two ports here
			return []netip.Addr{moved.Addr()}, nil
		}
		for until := time.Now().Add(15 * time.Second); asked.Load() == 0 && time.Now().Before(until); {
			mustAsk(t, c, first.URL)
		}
		if asked.Load() == 0 {
			t.Error("nothing reaches the new address")
		}
	})
}
