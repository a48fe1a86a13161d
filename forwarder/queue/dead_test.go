package queue

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// network connects a client with a server in a bubble. Its connections can die without a word, as behind a NAT that
// forgot them.
type network struct {
	mu      sync.Mutex
	lives   []*mortal
	dials   int
	arrived chan net.Conn
	closed  chan struct{}
}

func newNetwork() *network {
	return &network{arrived: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.arrived <- server:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	c := &mortal{Conn: client, dead: make(chan struct{}), closed: make(chan struct{})}
	n.lives = append(n.lives, c)
	return c, nil
}

// die has all connections swallow what is written, and say nothing more.
func (n *network) die() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.lives {
		close(c.dead)
	}
	n.lives = nil
}

// Accept, Close and Addr implement net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.arrived:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

type mortal struct {
	net.Conn
	dead, closed chan struct{}
	once         sync.Once
}

func (c *mortal) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

func (c *mortal) Write(p []byte) (int, error) {
	if c.isDead() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *mortal) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.isDead() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *mortal) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// overNetwork runs a test with SQS behind a network, over each protocol.
func overNetwork(
	t *testing.T, handler func(*queuetest.Server) http.Handler, do func(*testing.T, *network, *Queue, *queuetest.Queue),
) {
	t.Helper()
	for _, protocol := range []string{"plain", "TLS"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := queuetest.New()
				there := s.Create("q", queuetest.Queue{VisibilityTimeout: 300})
				dead := s.Create("dead", queuetest.Queue{})
				n := newNetwork()
				server := httptest.NewUnstartedServer(handler(s))
				_ = server.Listener.Close()
				server.Listener = n
				roots := x509.NewCertPool()
				server.EnableHTTP2 = true // is not used: its connections would be shared, and never idle
				if protocol == "plain" {
					server.Start()
				} else {
					server.StartTLS()
					roots.AddCert(server.Certificate())
				}
				defer server.Close()
				defer server.CloseClientConnections()
				config := configFor(s)
				config.BaseEndpoint = &server.URL
				transport := HTTPClient(aws.Config{}).client.(*http.Client).Transport.(*http.Transport)
				transport.DialContext = n.dial
				transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
				config.HTTPClient = &http.Client{Transport: transport}
				q, err := Open(t.Context(), config, Options{URL: there.URL, DeadLetterURL: dead.URL})
				if err != nil {
					t.Fatal(err)
				}
				do(t, n, q, there)
				transport.CloseIdleConnections()
			})
		})
	}
}

func plainly(s *queuetest.Server) http.Handler { return s }

// TestDeadConnectionUnderALongPoll has the connection die under a receive, and others beside it that are idle. What
// polls on receives what was sent meanwhile at most ten seconds after the poll's own time.
func TestDeadConnectionUnderALongPoll(t *testing.T) {
	overNetwork(t, plainly, func(t *testing.T, n *network, q *Queue, there *queuetest.Queue) {
		warm(t, q)
		began := time.Now()
		time.AfterFunc(time.Second, n.die)
		// else SQS gives it to the poll whose connection is dead
		time.AfterFunc(21*time.Second, func() { there.Send("event") })
		for {
			got, err := q.Receive(t.Context(), MaxBatch, 20*time.Second)
			if len(got) > 0 {
				break
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Fatalf("nothing after %s: %v", took, err)
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("received after %s", took)
		}
	})
}

// warm opens many connections, which are idle then.
func warm(t *testing.T, q *Queue) {
	t.Helper()
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, err := q.Receive(t.Context(), 1, time.Second); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

// TestDeadIdleConnections has each call find nothing but dead connections.
func TestDeadIdleConnections(t *testing.T) {
	overNetwork(t, plainly, func(t *testing.T, n *network, q *Queue, there *queuetest.Queue) {
		there.Send("event")
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		for i, call := range []func() error{ // renew, set aside, delete
			func() error { return q.Extend(t.Context(), got, time.Minute)[0] },
			func() error { return q.DeadLetter(t.Context(), &got[0], map[string]string{"status": "422"}) },
			func() error { return q.Delete(t.Context(), got)[0] },
		} {
			warm(t, q)
			n.die()
			began := time.Now()
			if err := call(); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("call %d took %s", i, took)
			}
		}
		warm(t, q)
		n.die()
		began := time.Now()
		there.Send("another")
		for {
			if got, _ := q.Receive(t.Context(), 1, 0); len(got) > 0 || time.Since(began) > time.Minute {
				break
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the receive took %s", took)
		}
	})
}

// TestShortTimeForACall has a caller with less time than a dead connection takes to be found: the next call is over a
// new one.
func TestShortTimeForACall(t *testing.T) {
	overNetwork(t, plainly, func(t *testing.T, n *network, q *Queue, there *queuetest.Queue) {
		there.Send("event")
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		warm(t, q)
		n.die()
		var failed int
		began := time.Now()
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
			err := q.Extend(ctx, got, time.Minute)[0]
			cancel()
			if err == nil {
				break
			}
			if failed++; time.Since(began) > 8*time.Second {
				t.Fatalf("%d calls failed: %v", failed, err)
			}
		}
		t.Logf("%d calls failed", failed)
	})
}

// TestSlowAnswerIsNotCutOff has an answer come in parts, for a minute in all: its messages would stay invisible.
func TestSlowAnswerIsNotCutOff(t *testing.T) {
	slow := func(s *queuetest.Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Amz-Target") != "AmazonSQS.ReceiveMessage" {
				s.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			s.ServeHTTP(answer, r)
			w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
			for part := range bytes.Lines(bytes.ReplaceAll(answer.Body.Bytes(), []byte(","), []byte(",\n"))) {
				_, _ = w.Write(bytes.TrimSuffix(part, []byte("\n")))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(4 * time.Second)
			}
		})
	}
	overNetwork(t, slow, func(t *testing.T, _ *network, q *Queue, there *queuetest.Queue) {
		there.Send("a", "b", "c")
		began := time.Now()
		got, err := q.Receive(t.Context(), MaxBatch, 20*time.Second)
		took := time.Since(began)
		if err != nil || len(got) != 3 || took < 40*time.Second {
			t.Fatalf("%d after %s, %v", len(got), took, err)
		}
		if at := got[0].Received.Sub(began); at > time.Second {
			t.Errorf("received is %s after the answer began", at)
		}
	})
}
