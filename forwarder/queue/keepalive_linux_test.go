package queue

import (
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestALongPollIsLookedAfter asks the system how soon it notices that nobody is at the other end of a connection on
// which a long poll waits: nothing is sent on it meanwhile.
func TestALongPollIsLookedAfter(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	transport := HTTPClient(aws.Config{}).client.(*http.Client).Transport.(*http.Transport)
	conn, err := transport.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(name int) (n int) {
		err := raw.Control(func(fd uintptr) {
			n, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, name)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	idle, interval, count := option(syscall.TCP_KEEPIDLE), option(syscall.TCP_KEEPINTVL), option(syscall.TCP_KEEPCNT)
	if noticed := time.Duration(idle+interval*count) * time.Second; noticed > 10*time.Second {
		t.Errorf("noticed after %s: %d s and %d times %d s", noticed, idle, count, interval)
	}
}
