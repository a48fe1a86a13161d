package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

const (
	// connections is how many connections to SQS stay open when idle: receives, deletes, renewals and dead letters at
	// once.
	connections = 64
	// answerTime is how long SQS may keep silent: from a request to its answer, beyond a long poll, and then between two
	// parts of the answer. The messages of an answer that is cut off stay invisible, so one that still arrives is never
	// cut off.
	answerTime = 5 * time.Second
	// maxWait is SQS's longest long poll.
	maxWait = 20 * time.Second
)

// keepAlive has the system find out within ten seconds that nobody is there any more, while a long poll waits for its
// answer.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: 2 * time.Second, Count: 3}

// pingLost is what net/http says of an HTTP/2 connection that does not answer pings; it has no error value for that.
const pingLost = "http2: client connection lost"

// errNoAnswer says that a connection is dead, or that SQS is. The SDK tries again after a timeout.
var errNoAnswer = fmt.Errorf("no answer from SQS: %w", os.ErrDeadlineExceeded)

// httpClient is what all calls to SQS go through. It finds out within seconds that a connection is dead: whoever
// dropped it, a firewall, a NAT or a load balancer that was replaced, does not say so and drops the other idle ones
// too.
//
// It also gives net/http a request body that is in memory. The SDK closes a request's body as soon as Do returns, while
// net/http may still read it when the answer is fast; net/http then drops the connection under the answer, the SDK
// tries again in silence, and the messages of the lost answer stay invisible for their whole visibility timeout.
type httpClient struct{ client aws.HTTPClient }

// HTTPClient is the client that the package itself uses, for others who talk to SQS and must not lose an answer.
func HTTPClient(config aws.Config) aws.HTTPClient {
	client := config.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		client = &http.Client{
			Transport:     newTransport(buildable.GetTransport()),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &httpClient{client: client}
}

// newTransport completes the SDK's, which knows the CA bundle and the proxy. The client has to be net/http's own, since
// the SDK's cannot close its idle connections.
func newTransport(t *http.Transport) *http.Transport {
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		conn, err := dial(ctx, network, address)
		if tcp, is := conn.(*net.TCPConn); is && err == nil {
			_ = tcp.SetKeepAliveConfig(keepAlive) // an end of what it looks after shows anyway, only later
		}
		return conn, err
	}
	t.TLSHandshakeTimeout = answerTime
	t.MaxIdleConnsPerHost = connections
	t.WriteBufferSize = 8 << 10 // a delete of ten leaves in one write
	// Over HTTP/2 a long poll shares its connection with all other calls, so that it is never idle: a connection that does
	// not answer has to be found out before the calls on it are given up.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: answerTime * 4 / 10, PingTimeout: answerTime / 2}
	return t
}

type pollTime struct{}

// withPoll says how long the long poll is that a request made with the context asks for.
func withPoll(ctx context.Context, wait time.Duration) context.Context {
	return context.WithValue(ctx, pollTime{}, wait)
}

// Do implements aws.HTTPClient. What gets no answer is tried once more, over a new connection, except for a receive:
// the first one may have been carried out, and its messages be invisible.
func (c *httpClient) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody && request.GetBody == nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		request = request.Clone(request.Context())
		request.ContentLength = int64(len(body))
		setBody(request, body)
	}
	if strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".ReceiveMessage") {
		wait, known := request.Context().Value(pollTime{}).(time.Duration)
		if !known {
			wait = maxWait
		}
		return c.try(request, wait+answerTime)
	}
	response, err := c.try(request, answerTime)
	if !errors.Is(err, errNoAnswer) || request.Context().Err() != nil {
		return response, err
	}
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		request.Body = body
	}
	return c.try(request, answerTime)
}

// setBody has a request send what is in memory.
func setBody(request *http.Request, body []byte) {
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()
}

// try makes the request; its answer has to begin within the time.
func (c *httpClient) try(request *http.Request, within time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	timer := time.AfterFunc(within, func() { cancel(errNoAnswer) })
	response, err := c.client.Do(request.WithContext(ctx))
	if err != nil {
		timer.Stop()
		cause := context.Cause(ctx)
		cancel(nil)
		switch {
		case errors.Is(cause, errNoAnswer), strings.Contains(err.Error(), pingLost):
			err = errNoAnswer // for which HTTP/2 has two other names
		case errors.Is(cause, context.Canceled):
			return nil, err // by the caller
		}
		c.suspectIdle()
		return nil, err
	}
	response.Body = &boundedBody{ReadCloser: response.Body, client: c, ctx: ctx, cancel: cancel, timer: timer}
	return response, nil
}

// suspectIdle has the next call dial again: connections that wait beside one that is dead are dead as a rule.
func (c *httpClient) suspectIdle() {
	if idle, ok := c.client.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// boundedBody is an answer that may take its time, but may not stand still.
type boundedBody struct {
	io.ReadCloser
	client *httpClient
	ctx    context.Context // the request's
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func (b *boundedBody) Read(p []byte) (int, error) {
	b.timer.Reset(answerTime)
	n, err := b.ReadCloser.Read(p)
	if err != nil && errors.Is(context.Cause(b.ctx), errNoAnswer) {
		b.client.suspectIdle()
		return n, errNoAnswer
	}
	return n, err
}

func (b *boundedBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
