package queue

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// TestALongPollIsLookedAfter asks the system how soon it notices that nobody is at the other end of a connection on
// which a long poll waits: nothing is sent on it meanwhile.
func TestALongPollIsLookedAfter(t *testing.T) {
	s := queuetest.Start(t)
	there := s.Create("q", queuetest.Queue{})
	config := configFor(s)
	config.BaseEndpoint = aws.String(s.URL)
	var made []*net.TCPConn
	config.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		dial := tr.DialContext
		tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if tcp, is := conn.(*net.TCPConn); is {
				made = append(made, tcp)
			}
			return conn, err
		}
	})
	if _, err := Open(t.Context(), config, Options{URL: there.URL}); err != nil || len(made) == 0 {
		t.Fatal(len(made), err)
	}
	raw, err := made[0].SyscallConn()
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
