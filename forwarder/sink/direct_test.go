package sink

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// script is a receiver that does with the n-th connection what the n-th step says; the last one is for all that follow.
type script struct {
	url      string
	accepted atomic.Int32
}

func play(t *testing.T, steps ...func(*bufio.Reader, net.Conn)) *script {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &script{url: "http://" + listener.Addr().String()}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			step := steps[min(int(s.accepted.Add(1)), len(steps))-1]
			go func() {
				defer func() { _ = c.Close() }()
				step(bufio.NewReader(c), c)
			}()
		}
	}()
	return s
}

// listen reads one request.
func listen(r *bufio.Reader) bool {
	request, err := http.ReadRequest(r)
	if err == nil {
		_, err = io.Copy(io.Discard, request.Body)
	}
	return err == nil
}

// say answers each request with text.
func say(text string) func(*bufio.Reader, net.Conn) {
	return func(r *bufio.Reader, c net.Conn) {
		for listen(r) {
			_, _ = io.WriteString(c, text)
		}
	}
}

// once answers one request and ends.
func once(text string) func(*bufio.Reader, net.Conn) {
	return func(r *bufio.Reader, c net.Conn) {
		listen(r)
		_, _ = io.WriteString(c, text)
	}
}

const (
	ok      = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
)

func hangUp(r *bufio.Reader, _ net.Conn) { listen(r) }

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		steps    []func(*bufio.Reader, net.Conn)
		want     []Fate
		accepted int32
	}{
		"kept":                  {[]func(*bufio.Reader, net.Conn){say(ok)}, []Fate{Delivered, Delivered, Delivered}, 1},
		"chunked":               {[]func(*bufio.Reader, net.Conn){say(chunked)}, []Fate{Delivered, Delivered}, 1},
		"without a body":        {[]func(*bufio.Reader, net.Conn){say("HTTP/1.1 204 No Content\r\n\r\n")}, []Fate{Delivered, Delivered}, 1},
		"announced":             {[]func(*bufio.Reader, net.Conn){say("HTTP/1.1 103 Early Hints\r\n\r\n" + ok)}, []Fate{Delivered, Delivered}, 1},
		"announced for ever":    {[]func(*bufio.Reader, net.Conn){say(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 50))}, []Fate{Unavailable}, 1},
		"the last":              {[]func(*bufio.Reader, net.Conn){once("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")}, []Fate{Delivered, Delivered}, 2},
		"HTTP/1.0":              {[]func(*bufio.Reader, net.Conn){once("HTTP/1.0 200 OK\r\n\r\nok")}, []Fate{Delivered, Delivered}, 2},
		"more than one":         {[]func(*bufio.Reader, net.Conn){say(ok + ok)}, []Fate{Delivered, Delivered}, 2},
		"body cut":              {[]func(*bufio.Reader, net.Conn){once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")}, []Fate{Delivered, Delivered}, 2},
		"head cut":              {[]func(*bufio.Reader, net.Conn){once("HTTP/1.1 200 OK\r\nContent-Le")}, []Fate{Unavailable}, 1},
		"garbage":               {[]func(*bufio.Reader, net.Conn){say("SSH-2.0-OpenSSH_9.2\r\n")}, []Fate{Unavailable}, 1},
		"endless head":          {[]func(*bufio.Reader, net.Conn){say("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 1<<20))}, []Fate{Unavailable}, 1},
		"none":                  {[]func(*bufio.Reader, net.Conn){hangUp}, []Fate{Unavailable}, 1},
		"none, once":            {[]func(*bufio.Reader, net.Conn){hangUp, say(ok)}, []Fate{Unavailable, Delivered}, 2},
		"closed when idle":      {[]func(*bufio.Reader, net.Conn){once(ok), say(ok)}, []Fate{Delivered, Delivered, Delivered}, 2},
		"none on a used one":    {[]func(*bufio.Reader, net.Conn){func(r *bufio.Reader, c net.Conn) { once(ok)(r, c); hangUp(r, c) }, say(ok)}, []Fate{Delivered, Delivered}, 2},
		"none any more":         {[]func(*bufio.Reader, net.Conn){func(r *bufio.Reader, c net.Conn) { once(ok)(r, c); hangUp(r, c) }, hangUp}, []Fate{Delivered, Unavailable}, 2},
		"a refusal kept":        {[]func(*bufio.Reader, net.Conn){say("HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nwhy")}, []Fate{Refused, Refused}, 1},
		"a wrong status, short": {[]func(*bufio.Reader, net.Conn){say("HTTP/1.1 20\r\n\r\n")}, []Fate{Unavailable}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			receiver := play(t, test.steps...)
			s := newSink(t, receiver.url, nil)
			for i, want := range test.want {
				if v := s.Send(t.Context(), samples()[0]); v.Fate != want {
					t.Errorf("request %d: %v", i, v)
				}
			}
			if n := receiver.accepted.Load(); n != test.accepted {
				t.Errorf("%d connections, not %d", n, test.accepted)
			}
		})
	}
}

// TestAnswerBeforeTheRequestIsSent has a receiver that refuses a large event when it has seen its head, and closes.
func TestAnswerBeforeTheRequestIsSent(t *testing.T) {
	receiver := play(t, func(r *bufio.Reader, c net.Conn) {
		_, _ = http.ReadRequest(r)
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.CopyN(io.Discard, r, 8<<20) // what is under way, so that no reset overtakes the answer
	})
	s := newSink(t, receiver.url, func(o *Options) { o.Timeout = time.Second })
	v := s.Send(t.Context(), fromBody("m", `"`+strings.Repeat("x", 32<<20)+`"`))
	if v.Fate != Refused || v.Status != http.StatusRequestEntityTooLarge {
		t.Error(v)
	}
}

// TestAnswerThatNobodyAskedFor has a receiver that answers the first event twice, and refuses the second: that one must not pass for taken.
func TestAnswerThatNobodyAskedFor(t *testing.T) {
	late := make(chan struct{})
	receiver := play(t, func(r *bufio.Reader, c net.Conn) {
		once(ok)(r, c)
		<-late
		_, _ = io.WriteString(c, ok)
		late <- struct{}{}
		hangUp(r, c)
	}, say("HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"))
	s := newSink(t, receiver.url, nil)
	if v := s.Send(t.Context(), samples()[0]); v.Fate != Delivered {
		t.Error(v)
	}
	late <- struct{}{}
	<-late
	if v := s.Send(t.Context(), samples()[1]); v.Fate != Refused {
		t.Error(v)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	heard := make(chan struct{}, 3)
	receiver := play(t, func(r *bufio.Reader, _ net.Conn) {
		for listen(r) { // and says nothing
			heard <- struct{}{}
		}
	})
	v := newSink(t, receiver.url, func(o *Options) { o.Timeout = 20 * time.Millisecond }).Send(t.Context(), samples()[0])
	if v.Fate != Unavailable || v.Reason != "no answer in time" || !v.Overloaded() {
		t.Error(v)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := newSink(t, receiver.url, func(o *Options) { o.Timeout = time.Hour })
	verdicts := make(chan Verdict)
	for range 2 {
		go func() { verdicts <- s.Send(ctx, samples()[0]) }()
	}
	for range 3 {
		<-heard
	}
	cancel()
	for range 2 {
		if v := <-verdicts; v.Fate != Unavailable || !errors.Is(v, context.Canceled) {
			t.Error(v)
		}
	}
}

func TestTheSameFailureHasTheSameReason(t *testing.T) {
	receiver := play(t, func(r *bufio.Reader, c net.Conn) {
		listen(r)
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	s := newSink(t, receiver.url, nil)
	one, another := s.Send(t.Context(), samples()[0]), s.Send(t.Context(), samples()[0])
	if one.Reason != another.Reason || !strings.Contains(one.Reason, "connection reset") {
		t.Errorf("%q and %q", one.Reason, another.Reason)
	}
}

// TestAnotherContext sends with a context of its own each time, on one connection, after the one before has ended.
func TestAnotherContext(t *testing.T) {
	receiver := play(t, say(ok))
	s := newSink(t, receiver.url, nil)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		if v := s.Send(ctx, samples()[0]); v.Fate != Delivered {
			t.Error(v)
		}
		cancel()
	}
	if n := receiver.accepted.Load(); n > 3 {
		t.Errorf("%d connections", n)
	}
}

// TestIdleConnectionsAreClosed looks after connections in a bubble of time.
func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &direct{keep: 3}
		var others []net.Conn
		put := func() {
			mine, other := net.Pipe()
			others = append(others, other)
			d.put(&connection{Conn: mine, owner: d})
		}
		open := func() (n int) {
			for _, c := range others {
				_ = c.SetReadDeadline(time.Now().Add(time.Nanosecond))
				if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
					n++
				}
			}
			return n
		}
		idle := func() int {
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.idle)
		}
		for range 4 {
			put()
		}
		if n := open(); n != 3 {
			t.Errorf("%d are kept", n)
		}
		time.Sleep(idleTime / 2)
		d.put(d.take())
		time.Sleep(idleTime / 2)
		synctest.Wait()
		if n := open(); n != 1 || idle() != 1 {
			t.Errorf("%d are kept, of which one was used", n)
		}
		time.Sleep(idleTime)
		synctest.Wait()
		if n := open(); n != 0 || idle() != 0 {
			t.Errorf("%d are kept after all", n)
		}
		put()
		d.CloseIdleConnections()
		if n := open(); n != 0 {
			t.Error("the last one is kept")
		}
	})
}

func TestWhereNetHTTPIsNeeded(t *testing.T) {
	for target, want := range map[string]bool{
		"http://127.0.0.1/": true, "http://receiver.example:8080/events": true, "http://[::1]:80/": true, "https://receiver.example/": false, "http://empfänger.example/": false,
	} {
		s := newSink(t, target, nil)
		if _, is := s.transport.(*direct); is != want {
			t.Errorf("%s is reached by %T", target, s.transport)
		}
	}
}

// TestBehindAProxy runs itself again, because the environment's proxy is read once a process.
func TestBehindAProxy(t *testing.T) {
	const child = "SINK_TEST_CHILD"
	if os.Getenv(child) != "" {
		if v := newSink(t, "http://receiver.invalid/events", nil).Send(t.Context(), samples()[0]); v.Fate != Delivered {
			t.Error(v)
		}
		return
	}
	var asked atomic.Pointer[string]
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(&r.RequestURI) }))
	defer proxy.Close()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBehindAProxy$")
	command.Env = append(os.Environ(), child+"=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=", "REQUEST_METHOD=")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := asked.Load(); got == nil || *got != "http://receiver.invalid/events" {
		t.Errorf("proxy was asked for %v", got)
	}
}
