package relay

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// served returns the address at which a program answers, once it does.
func (p *program) served(t *testing.T, setting string) string {
	t.Helper()
	for t.Context().Err() == nil {
		for _, line := range p.logs.FilterMessage("serving HTTP").All() {
			if fields := line.ContextMap(); fields["setting"] == setting {
				return fields["address"].(string)
			}
		}
		runtime.Gosched()
	}
	t.Fatal("it does not serve")
	return ""
}

func ask(t *testing.T, url string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

func TestAdmin(t *testing.T) {
	s := local(t)
	q := s.Create("dispatch", queuetest.Queue{})
	q.Send(eventBody(1))
	p := start(
		t,
		map[string]string{"DISPATCH_API_ENDPOINT": "127.0.0.1:1", "ADMIN_ADDR": "127.0.0.1:0", "EVENTS_ADDR": "127.0.0.1:0"},
	)
	if err := q.Wait(t.Context(), func(_, inFlight int) bool { return inFlight == 1 }); err != nil {
		t.Fatal(err)
	}
	admin, events := "http://"+p.served(t, "ADMIN_ADDR"), "http://"+p.served(t, "EVENTS_ADDR")
	for !strings.Contains(func() string { _, text := ask(t, admin+"/readyz"); return text }(), "receiver: dial tcp") {
		if t.Context().Err() != nil {
			t.Fatal("never unready")
		}
	}
	for _, end := range []string{admin, events} {
		if code, text := ask(t, end+"/readyz"); code != 503 || !strings.HasPrefix(text, "queue: ok\n") {
			t.Errorf("%d %s", code, text)
		}
	}
	if code, _ := ask(t, admin+"/livez"); code != 200 {
		t.Errorf("/livez answers %d", code)
	}
	if code, _ := ask(t, admin+"/events"); code != 404 {
		t.Errorf("/events at ADMIN_ADDR answers %d", code)
	}
	for _, want := range []string{"dispatch_events_received_total 1\n", "dispatch_events_receiver_up 0\n"} {
		for text := ""; !strings.Contains(text, want); _, text = ask(t, admin+"/metrics") {
			if t.Context().Err() != nil {
				t.Fatalf("no %q in\n%s", want, text)
			}
		}
	}
	p.end(t)
}

// TestEventsAreOffUnlessAskedFor checks what a program serves without EVENTS_ADDR.
func TestEventsAreOffUnlessAskedFor(t *testing.T) {
	local(t).Create("dispatch", queuetest.Queue{})
	p := start(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0"})
	admin := "http://" + p.served(t, "ADMIN_ADDR")
	for p.logs.FilterMessage("forwarding events").Len() == 0 && t.Context().Err() == nil {
		runtime.Gosched()
	}
	if code, _ := ask(t, admin+"/events"); code != 404 {
		t.Errorf("/events answers %d", code)
	}
	if n := p.logs.FilterMessage("serving HTTP").Len(); n != 1 {
		t.Errorf("it serves %d", n)
	}
	p.end(t)
}

// TestAdminPortUnderAttack checks that memory stays bounded and that the health check succeeds, whoever else is
// connected.
func TestAdminPortUnderAttack(t *testing.T) {
	local(t).Create("dispatch", queuetest.Queue{})
	p := start(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0"})
	address := p.served(t, "ADMIN_ADDR")
	before := inUse()
	var all []net.Conn
	connect := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		return c
	}
	defer func() {
		for _, c := range all {
			_ = c.Close()
		}
	}()
	check := func(what string) {
		t.Helper()
		if code, _ := ask(t, "http://"+address+"/livez"); code != http.StatusOK {
			t.Errorf("%s: /livez answers %d", what, code)
		}
		if took := inUse() - before; took > 24<<20 {
			t.Errorf("%s: %d MiB more", what, took>>20)
		}
	}

	header := []byte("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1<<20-64))
	var writing sync.WaitGroup
	for range 250 {
		c := connect()
		_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
		writing.Go(func() { _, _ = c.Write(header) }) // until the server has had enough
	}
	check("headers without end, while they come")
	writing.Wait()
	check("headers without end")

	for range 4_000 {
		c := connect()
		_, _ = c.Write([]byte("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"))
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := bufio.NewReaderSize(c, 16).ReadByte(); err != nil {
			t.Fatalf("connection %d gets no answer: %v", len(all), err)
		}
	}
	check("connections that stay idle")
	p.end(t)
}

// inUse returns the memory of the heap and of stacks after a collection.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestEventsStreamOn checks that the stream goes on beyond the server's timeout of a request.
func TestEventsStreamOn(t *testing.T) {
	f := &feed{Sink: verdicts{Fate: sink.Delivered, Status: 200}}
	handler := http.HandlerFunc(f.stream)
	server := &http.Server{
		Handler:           handler,
		ReadTimeout:       50 * time.Millisecond,
		WriteTimeout:      50 * time.Millisecond,
		ReadHeaderTimeout: 50 * time.Millisecond,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	//nolint:bodyclose // get has the test close it
	response := get(t.Context(), t, "http://"+listener.Addr().String(), "127.0.0.1")
	lines := bufio.NewScanner(response.Body)
	for begun, i := time.Now(), 0; time.Since(begun) < 300*time.Millisecond; i++ {
		_ = f.Send(t.Context(), eventNumber(i))
		if line := readLine(t, lines); line.ID == "" {
			t.Fatalf("got %+v", line)
		}
	}
}
