package queuetest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// serveMessages in the environment makes the test binary a queue server with so many messages: the benchmark's other
// process.
const (
	serveMessages = "QUEUETEST_MESSAGES"
	serveBytes    = "QUEUETEST_BYTES"
	serveProfile  = "QUEUETEST_PROFILE" // a file for the server's CPU profile
)

func TestMain(m *testing.M) {
	if os.Getenv(serveMessages) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve prints the queue's URL, and at the end of its input the CPU time that it took since.
func serve() error {
	var n, size int
	if _, err := fmt.Sscan(os.Getenv(serveMessages)+" "+os.Getenv(serveBytes), &n, &size); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	s := queuetest.New()
	s.URL = httptest.NewServer(s).URL
	q := s.Create("bench", queuetest.Queue{VisibilityTimeout: 300})
	body := `{"version":"0","detail":"` + strings.Repeat("x", max(0, size-27)) + `"}`
	for range n {
		q.Send(body)
	}
	if name := os.Getenv(serveProfile); name != "" {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before := cpu()
	fmt.Println("URL=" + q.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	fmt.Println(int64(cpu() - before))
	return err
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkServer receives and deletes in tens, eight at a time, over TCP from a process of its own. What counts is
// server-ns/msg, the CPU time that the server takes for a message; the rest of the machine is the client's.
func BenchmarkServer(b *testing.B) {
	for _, size := range []int{700, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			server, err := child.Start(child.Options{Stdin: true, Env: append(os.Environ(),
				serveMessages+"="+fmt.Sprint(b.N), serveBytes+"="+fmt.Sprint(size))}, os.Args[0])
			fatal(b, err)
			defer server.Kill()
			url, err := server.WaitForLine(b.Context(), "URL=")
			fatal(b, err)

			b.ResetTimer()
			drain(b, url, 8)
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			fatal(b, server.Stop(0, time.Minute))
			ns, err := strconv.Atoi(server.LastLines(1))
			fatal(b, err)
			b.ReportMetric(float64(ns)/float64(b.N), "server-ns/msg")
		})
	}
}

func fatal(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// drain is the least that a client on net/http can do: it looks for the handles and nothing else.
func drain(b *testing.B, url string, clients int) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	host := url[:strings.LastIndex(url, "/000")]
	receive := []byte(`{"MaxNumberOfMessages":10,` +
		`"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp"],"QueueUrl":"` + url + `"}`)
	var deleted atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			var answer, request bytes.Buffer
			for {
				call(b, transport, host, "ReceiveMessage", receive, &answer)
				n := deleteRequest(&request, url, answer.Bytes())
				if n == 0 {
					return
				}
				call(b, transport, host, "DeleteMessageBatch", request.Bytes(), &answer)
				deleted.Add(int64(n))
			}
		})
	}
	wg.Wait()
	if deleted.Load() != int64(b.N) {
		b.Errorf("deleted %d of %d", deleted.Load(), b.N)
	}
}

func deleteRequest(request *bytes.Buffer, url string, answer []byte) (n int) {
	request.Reset()
	fmt.Fprintf(request, `{"QueueUrl":%q,"Entries":[`, url)
	for {
		_, rest, ok := bytes.Cut(answer, []byte(`"ReceiptHandle":"`))
		if !ok {
			break
		}
		handle, rest, _ := bytes.Cut(rest, []byte(`"`))
		if n > 0 {
			request.WriteByte(',')
		}
		fmt.Fprintf(request, `{"Id":"%d","ReceiptHandle":"%s"}`, n, handle)
		n, answer = n+1, rest
	}
	request.WriteString("]}")
	return n
}

func call(b *testing.B, transport *http.Transport, host, op string, body []byte, answer *bytes.Buffer) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, host, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header["X-Amz-Target"] = []string{"AmazonSQS." + op}
	answer.Reset()
	resp, err := transport.RoundTrip(r)
	if err == nil {
		_, err = answer.ReadFrom(resp.Body)
		_ = resp.Body.Close()
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%s: %v %s", op, err, answer)
	}
}

// answer is a ResponseWriter that costs nothing.
type answer struct {
	header http.Header
	body   []byte
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(int)             {}
func (a *answer) Write(b []byte) (int, error) { a.body = append(a.body[:0], b...); return len(b), nil }

// BenchmarkHandler is the server's own share: one receive and one delete of ten messages without net/http, while so
// many other messages are on the queue.
func BenchmarkHandler(b *testing.B) {
	for _, backlog := range []int{0, 100_000} {
		b.Run(fmt.Sprint(backlog), func(b *testing.B) {
			s := queuetest.New()
			q := s.Create("bench", queuetest.Queue{})
			q.Send(slices.Repeat([]string{strings.Repeat("x", 700)}, backlog+10*b.N)...)
			receive := []byte(`{"MaxNumberOfMessages":10,"QueueUrl":"` + q.URL + `"}`)
			w := &answer{header: http.Header{}}
			var request bytes.Buffer
			var body bytes.Reader
			post := func(op string, in []byte) {
				body.Reset(in)
				s.ServeHTTP(w, &http.Request{
					Method: http.MethodPost, Header: http.Header{"X-Amz-Target": {"AmazonSQS." + op}},
					Body: io.NopCloser(&body), ContentLength: int64(len(in)),
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				post("ReceiveMessage", receive)
				b.StopTimer()
				n := deleteRequest(&request, q.URL, w.body)
				b.StartTimer()
				post("DeleteMessageBatch", request.Bytes())
				if n != 10 {
					b.Fatalf("received %d", n)
				}
			}
		})
	}
}
