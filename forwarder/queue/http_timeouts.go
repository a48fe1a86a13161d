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
	// connections is how many idle connections to SQS stay open: receives, deletes, renewals and dead letters run at the
	// same time.
	connections = 64
	// answerTime is how long SQS may send nothing: between a request and its answer (in addition to the wait of a long
	// poll), and between two parts of the answer. An answer is not cut off as long as parts of it keep arriving, because
	// its messages would stay invisible.
	answerTime = 5 * time.Second
	// maxWait is SQS's longest long poll.
	maxWait = 20 * time.Second
)

// keepAlive makes the operating system detect a dead connection within ten seconds, while a long poll waits for its
// answer.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: 2 * time.Second, Count: 3}

// pingLost is net/http's error text for an HTTP/2 connection that does not answer pings; there is no error value for
// it.
const pingLost = "http2: client connection lost"

// errNoAnswer says that a connection or SQS does not respond. It counts as a timeout, so the SDK tries again.
var errNoAnswer = fmt.Errorf("no answer from SQS: %w", os.ErrDeadlineExceeded)

// httpClient makes all calls to SQS. It detects a dead connection within seconds: a firewall, a NAT gateway or a
// replaced load balancer drops connections without closing them, and then usually all idle ones.
//
// It also gives net/http a request body that is in memory. The SDK closes a request's body as soon as Do returns, while
// net/http may still read it when the answer is fast; net/http then closes the connection while the answer is being
// read, the SDK silently tries again, and the messages of the lost answer stay invisible for their whole visibility
// timeout.
type httpClient struct{ client aws.HTTPClient }

// HTTPClient returns the client that the package itself uses, for other code that calls SQS and must not lose an
// answer.
func HTTPClient(config aws.Config) aws.HTTPClient {
	client := config.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		client = &http.Client{
			Transport: newTransport(buildable.WithDialerOptions(func(d *net.Dialer) {
				d.Timeout, d.KeepAliveConfig = answerTime, keepAlive
			}).GetTransport()),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &httpClient{client: client}
}

// newTransport completes the SDK's transport, which has the CA bundle and the proxy. It is used with a plain
// http.Client, because the SDK's client cannot close idle connections.
func newTransport(t *http.Transport) *http.Transport {
	t.TLSHandshakeTimeout = answerTime
	t.MaxIdleConnsPerHost = connections
	t.WriteBufferSize = 8 << 10 // a delete of ten messages fits into one write
	// Over HTTP/2 a long poll shares its connection with all other calls, so the connection is never idle: if it does not
	// answer, that has to be detected before the calls on it are given up.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: answerTime * 4 / 10, PingTimeout: answerTime / 2}
	return t
}

type pollWait struct{}

// withPollWait returns a context that says how long the long poll of its request may wait.
func withPollWait(ctx context.Context, wait time.Duration) context.Context {
	return context.WithValue(ctx, pollWait{}, wait)
}

// Do implements aws.HTTPClient. A request that gets no answer is sent once more, over a new connection. A receive is
// not: the first one may have been carried out, and then its messages are invisible.
func (c *httpClient) Do(request *http.Request) (*http.Response, error) {
	if request.GetBody == nil { // the SDK's; a request of SQS always has a body
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		request = request.Clone(request.Context())
		request.ContentLength = int64(len(body))
		setBody(request, body)
	}
	if strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".ReceiveMessage") {
		wait, known := request.Context().Value(pollWait{}).(time.Duration)
		if !known {
			wait = maxWait
		}
		return c.attempt(request, wait+answerTime)
	}
	response, err := c.attempt(request, answerTime)
	if !errors.Is(err, errNoAnswer) || request.Context().Err() != nil {
		return response, err
	}
	request.Body, _ = request.GetBody() // it is in memory
	return c.attempt(request, answerTime)
}

// setBody makes a request send body, which is in memory.
func setBody(request *http.Request, body []byte) {
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()
}

// attempt makes the request; its answer must begin within the time.
func (c *httpClient) attempt(request *http.Request, within time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	timer := time.AfterFunc(within, func() { cancel(errNoAnswer) })
	response, err := c.client.Do(request.WithContext(ctx))
	if err != nil {
		timer.Stop()
		cause := context.Cause(ctx)
		cancel(nil)
		switch {
		case errors.Is(cause, errNoAnswer), strings.Contains(err.Error(), pingLost):
			err = errNoAnswer // net/http reports a dead HTTP/2 connection with other errors
		case errors.Is(cause, context.Canceled):
			return nil, err // the caller has cancelled the request
		}
		c.closeIdle()
		return nil, err
	}
	response.Body = &boundedBody{ReadCloser: response.Body, client: c, ctx: ctx, cancel: cancel, timer: timer}
	return response, nil
}

// closeIdle closes the idle connections, so that the next call makes a new one: if one connection is dead, the idle
// ones usually are too.
func (c *httpClient) closeIdle() {
	if idle, ok := c.client.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// boundedBody is the body of an answer. It may arrive slowly, but not pause for longer than answerTime.
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
		b.client.closeIdle()
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
