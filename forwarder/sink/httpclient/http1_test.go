package httpclient

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// step is what a receiver does with a connection.
type step = func(*bufio.Reader, net.Conn)

// script is a receiver that does with the n-th connection what the n-th step says; the last one is for all that follow.
type script struct {
	*receiver
	accepted atomic.Int32
}

func play(t *testing.T, kind string, steps ...step) *script {
	t.Helper()
	s := &script{receiver: serve(t, kind, nil)} // whose address and certificate it takes over
	port, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	s.URL = "http://" + port.Addr().String()
	if kind == tls1 {
		s.URL = "https://" + port.Addr().String()
		port = tls.NewListener(port, &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12})
	}
	go func() {
		for {
			c, err := port.Accept()
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
func say(text string) step {
	return func(r *bufio.Reader, c net.Conn) {
		for listen(r) {
			_, _ = io.WriteString(c, text)
		}
	}
}

// once answers one request and ends.
func once(text string) step {
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

// overHTTP1 has test check this package's connections, and net/http's own transport as the measure.
func overHTTP1(t *testing.T, test func(t *testing.T, kind string, client func(s *script) http.RoundTripper)) {
	for _, kind := range []string{plain, tls1} {
		t.Run(kind, func(t *testing.T) {
			test(t, kind, func(s *script) http.RoundTripper { return s.open(t, nil) })
		})
		t.Run("net/http's "+kind, func(t *testing.T) {
			test(t, kind, func(s *script) http.RoundTripper {
				config := s.open(t, nil).TLS()
				transport := &http.Transport{TLSClientConfig: config, MaxResponseHeaderBytes: maxHead}
				t.Cleanup(transport.CloseIdleConnections)
				return transport
			})
		})
	}
}

func TestAnswers(t *testing.T) {
	const refusal = "HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nwhy"
	hints := "HTTP/1.1 103 Early Hints\r\n\r\n"
	onceThenHangUp := func(r *bufio.Reader, c net.Conn) { once(ok)(r, c); hangUp(r, c) }
	for name, row := range map[string]struct {
		steps    []step
		want     []int // statuses, 0 for none
		accepted int32
	}{
		"kept":                  {[]step{say(ok)}, []int{200, 200, 200}, 1},
		"chunked":               {[]step{say(chunked)}, []int{200, 200}, 1},
		"without a body":        {[]step{say("HTTP/1.1 204 No Content\r\n\r\n")}, []int{204, 204}, 1},
		"announced":             {[]step{say(hints + ok)}, []int{200, 200}, 1},
		"announced for ever":    {[]step{say(strings.Repeat(hints, 50_000))}, []int{0}, 1},
		"the last":              {[]step{once("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")}, []int{200, 200}, 2},
		"HTTP/1.0":              {[]step{once("HTTP/1.0 200 OK\r\n\r\nok")}, []int{200, 200}, 2},
		"more than one":         {[]step{say(ok + ok)}, []int{200, 200}, 2},
		"body cut":              {[]step{once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")}, []int{200, 200}, 2},
		"head cut":              {[]step{once("HTTP/1.1 200 OK\r\nContent-Le")}, []int{0}, 1},
		"garbage":               {[]step{say("SSH-2.0-OpenSSH_9.2\r\n")}, []int{0}, 1},
		"endless head":          {[]step{say("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 1<<20))}, []int{0}, 1},
		"none":                  {[]step{hangUp}, []int{0}, 1},
		"none, once":            {[]step{hangUp, say(ok)}, []int{0, 200}, 2},
		"closed when idle":      {[]step{once(ok), say(ok)}, []int{200, 200, 200}, 2},
		"none on a used one":    {[]step{onceThenHangUp, say(ok)}, []int{200, 200}, 2},
		"none any more":         {[]step{onceThenHangUp, hangUp}, []int{200, 0}, 2},
		"a refusal kept":        {[]step{say(refusal)}, []int{422, 422}, 1},
		"a wrong status, short": {[]step{say("HTTP/1.1 20\r\n\r\n")}, []int{0}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			overHTTP1(t, func(t *testing.T, kind string, client func(*script) http.RoundTripper) {
				s := play(t, kind, row.steps...)
				c := client(s)
				if _, is := c.(*Client); !is && slices.Contains(
					[]string{"closed when idle", "none on a used one", "none any more", "more than one"}, name,
				) {
					// net/http sends again only what does no harm twice, in its eyes; and it looks for a second answer
					// while the connection is already free for the next request.
					return
				}
				for i, want := range row.want {
					if status, _, err := ask(t.Context(), c, s.URL, "event"); status != want {
						t.Errorf("request %d: status %d, %v", i, status, err)
					}
				}
				if n := s.accepted.Load(); n != row.accepted {
					t.Errorf("%d connections, not %d", n, row.accepted)
				}
			})
		})
	}
}

// TestAnswerThatNobodyAskedFor has a receiver that answers the first event twice, and refuses the second: that one must
// not pass for taken. (With net/http it does, if it is sent before net/http has seen the answer.)
func TestAnswerThatNobodyAskedFor(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		for name, late := range map[string]bool{"late": true, "at once": false} {
			t.Run(kind+", "+name, func(t *testing.T) {
				again := make(chan struct{})
				s := play(t, kind, func(r *bufio.Reader, c net.Conn) {
					once(ok)(r, c)
					if late {
						<-again
					}
					_, _ = io.WriteString(c, ok)
					again <- struct{}{}
					hangUp(r, c)
				}, say("HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"))
				c := s.open(t, nil)
				mustAsk(t, c, s.URL)
				if late {
					again <- struct{}{}
				}
				<-again
				if status, _, err := ask(t.Context(), c, s.URL, "event"); status != http.StatusUnprocessableEntity {
					t.Errorf("status %d, %v", status, err)
				}
			})
		}
	}
}

// TestRefusalAndReset has a receiver that refuses a large event when it has seen its head, and drops the rest.
func TestRefusalAndReset(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		s := play(t, kind, func(r *bufio.Reader, c net.Conn) {
			_, _ = http.ReadRequest(r)
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		})
		c := s.open(t, nil)
		for range 5 {
			if status, _, err := ask(
				t.Context(), c, s.URL, string(make([]byte, 32<<20)),
			); status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: status %d, %v", kind, status, err)
			}
		}
	}
}

// TestManyHangUp has more idle connections than a request has tries, all of which end when they are used again.
func TestManyHangUp(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		t.Run(kind, func(t *testing.T) {
			const many = 2 * maxTries
			var all, asked sync.WaitGroup
			all.Add(many)
			onceThenHangUp := func(r *bufio.Reader, c net.Conn) {
				listen(r)
				all.Done()
				all.Wait()
				_, _ = io.WriteString(c, ok)
				hangUp(r, c)
			}
			s := play(t, kind, append(slices.Repeat([]step{onceThenHangUp}, many), say(ok))...)
			c := s.open(t, nil)
			for range many {
				asked.Go(func() {
					if status, _, err := ask(t.Context(), c, s.URL, "event"); status != http.StatusOK {
						t.Errorf("status %d, %v", status, err)
					}
				})
			}
			asked.Wait()
			mustAsk(t, c, s.URL)
			if n := s.accepted.Load(); n != many+1 {
				t.Errorf("%d connections, not %d", n, many+1)
			}
		})
	}
}

// TestOneHangsUp has idle connections of which only one ends when it is used again: the others are kept.
func TestOneHangsUp(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		t.Run(kind, func(t *testing.T) {
			const many = 10
			var all, asked sync.WaitGroup
			all.Add(many)
			var ended atomic.Bool
			oneHangsUp := func(r *bufio.Reader, c net.Conn) {
				listen(r)
				all.Done()
				all.Wait()
				_, _ = io.WriteString(c, ok)
				for listen(r) && ended.Swap(true) {
					_, _ = io.WriteString(c, ok)
				}
			}
			s := play(t, kind, append(slices.Repeat([]step{oneHangsUp}, many), say(ok))...)
			c := s.open(t, nil)
			for range many {
				asked.Go(func() { _, _, _ = ask(t.Context(), c, s.URL, "event") })
			}
			asked.Wait()
			mustAsk(t, c, s.URL)
			if n := ready(c); n != many || s.accepted.Load() != many+1 {
				t.Errorf("%d connections are ready, of %d", n, s.accepted.Load())
			}
		})
	}
}

// TestHeadIsLimited has receivers whose answer never begins.
func TestHeadIsLimited(t *testing.T) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 1<<20),
		strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 50_000),
	} {
		s := play(t, plain, say(text))
		_, _, err := ask(t.Context(), s.open(t, nil), s.URL, "event")
		if err == nil || !strings.Contains(err.Error(), "head is longer than 65536 bytes") {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

// TestUnreadAnswer has the rest of an answer that nobody read come only after the next event: it must not pass for that
// event's answer.
func TestUnreadAnswer(t *testing.T) {
	overHTTP1(t, func(t *testing.T, kind string, client func(*script) http.RoundTripper) {
		s := play(t, kind, func(r *bufio.Reader, c net.Conn) {
			once(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(ok)))(r, c)
			once(ok)(r, c)
		}, say("HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"))
		c := client(s)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("event"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := c.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if status, _, err := ask(t.Context(), c, s.URL, "event"); status != http.StatusUnprocessableEntity {
			t.Errorf("status %d, %v", status, err)
		}
	})
}

// TestRefusalOfTheRest has a receiver that refuses a large event when it has seen its head, and neither reads the rest
// nor closes: the next event must not wait for that.
func TestRefusalOfTheRest(t *testing.T) {
	for _, kind := range []string{plain, tls1} {
		stop := make(chan struct{})
		s := play(t, kind, func(r *bufio.Reader, c net.Conn) {
			_, _ = http.ReadRequest(r)
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
			<-stop
		}, say(ok))
		c := s.open(t, func(o *Options) { o.Timeout = 5 * time.Second })
		large := string(make([]byte, 32<<20))
		if status, _, err := ask(t.Context(), c, s.URL, large); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d, %v", kind, status, err)
		}
		mustAsk(t, c, s.URL)
		close(stop)
	}
}
