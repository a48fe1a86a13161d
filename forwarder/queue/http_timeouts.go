package queue

import (
	"bytes"
	"cmp"
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
	// maxAnswer is how many bytes of an answer are read at most: ten messages of 1 MiB, escaped.
	maxAnswer = 64 << 20
)

// keepAlive makes the operating system detect a dead connection within ten seconds, while a long poll waits for its
// answer.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: 2 * time.Second, Count: 3}

// errTimeout says that a connection or SQS does not respond. It counts as a timeout, so the SDK tries again.
var errTimeout = fmt.Errorf("no answer from SQS: %w", os.ErrDeadlineExceeded)

// httpClient makes all calls to SQS. It detects a dead connection within seconds: a firewall, a NAT gateway or a
// replaced load balancer drops connections without closing them, and then usually all idle ones.
//
// It also gives net/http a request body that is in memory. The SDK closes a request's body as soon as Do returns, while
// net/http may still read it when the answer is fast; net/http then closes the connection while the answer is being
// read, the SDK silently tries again, and the messages of the lost answer stay invisible for their whole visibility
// timeout.
type httpClient struct{ client aws.HTTPClient }

// HTTPClient returns the client that the package itself uses, for other code that receives from SQS. With the SDK's own
// client an answer can get lost, and its messages stay invisible until their visibility timeout ends.
func HTTPClient(config aws.Config) *httpClient {
	client := cmp.Or[aws.HTTPClient](config.HTTPClient, awshttp.NewBuildableClient())
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		t := buildable.WithDialerOptions(func(d *net.Dialer) {
			d.Timeout, d.KeepAliveConfig = answerTime, keepAlive
		}).GetTransport() // it has the CA bundle and the proxy
		t.TLSHandshakeTimeout = answerTime
		t.MaxIdleConnsPerHost = connections
		t.WriteBufferSize = 8 << 10 // a delete of ten messages fits into one write
		// SQS offers nothing newer. Over HTTP/2 a dead connection would be shared by all calls, and never be idle.
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
		// The SDK's client cannot close idle connections.
		client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	return &httpClient{client: client}
}

// answer is an answer of SQS, with its whole body and the time at which it began to arrive.
type answer struct {
	*http.Response
	text []byte
	at   time.Time
}

// Do implements aws.HTTPClient, for the SDK.
func (c *httpClient) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body) // a request of SQS always has a body
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	request = request.WithContext(request.Context()) // a copy
	request.ContentLength = int64(len(body))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	within := answerTime
	if strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".ReceiveMessage") {
		within += maxWait
	}
	got, err := c.attempt(request, within)
	if err != nil {
		return nil, err
	}
	got.Body = io.NopCloser(bytes.NewReader(got.text))
	return got.Response, nil
}

// attempt sends the request once; its answer must begin within the time. When it fails, the idle connections are
// closed, so that the next call makes a new one: if one connection is dead, the idle ones usually are too.
func (c *httpClient) attempt(request *http.Request, within time.Duration) (answer, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	defer cancel(nil)
	timer := time.AfterFunc(within, func() { cancel(errTimeout) })
	defer timer.Stop()
	got, err := c.exchange(request.WithContext(ctx), timer)
	cause := context.Cause(ctx)
	if err == nil || errors.Is(cause, context.Canceled) { // by the caller
		return got, err
	}
	if idle, ok := c.client.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	if errors.Is(cause, errTimeout) {
		err = errTimeout // net/http reports it with other errors
	}
	return got, err
}

// exchange sends the request and reads the answer, and restarts the timer at each part of it.
func (c *httpClient) exchange(request *http.Request, timer *time.Timer) (answer, error) {
	request.Body, _ = request.GetBody() // it is in memory
	response, err := c.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	at := time.Now()
	var text bytes.Buffer
	text.Grow(int(max(0, min(response.ContentLength, maxAnswer))) + bytes.MinRead)
	if _, err := text.ReadFrom(io.LimitReader(pausingReader{response.Body, timer}, maxAnswer)); err != nil {
		return answer{}, fmt.Errorf("read answer: %w", err)
	}
	return answer{response, text.Bytes(), at}, nil
}

// pausingReader reads an answer that may arrive slowly, but not pause for longer than answerTime.
type pausingReader struct {
	io.Reader
	timer *time.Timer
}

func (r pausingReader) Read(p []byte) (int, error) {
	r.timer.Reset(answerTime)
	return r.Reader.Read(p)
}
