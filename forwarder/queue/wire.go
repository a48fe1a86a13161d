package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/scan"
)

// wire speaks SQS's JSON protocol for the two calls that every event pays for, receive and delete. All else is the SDK's:
// credentials, endpoint, and every call that is rare. The SDK's own way of these two (middleware, decoding
// through maps, a checksum over each body that TLS has checked before) cost as much as the whole rest of an event's way.
type wire struct {
	client      aws.HTTPClient
	url         *url.URL
	credentials aws.CredentialsProvider
	signer      signer
	skew        atomic.Int64 // what AWS's clock is ahead of ours, nanoseconds
}

func newWire(ctx context.Context, client aws.HTTPClient, o sqs.Options) (*wire, error) {
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, sqs.EndpointParameters{
		Region: &o.Region, Endpoint: o.BaseEndpoint,
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	})
	if err != nil {
		return nil, fmt.Errorf("find endpoint of SQS: %w", err)
	}
	return &wire{
		client: client, url: endpoint.URI.JoinPath("/"),
		credentials: o.Credentials, signer: signer{region: o.Region},
	}, nil
}

// maxAnswer bounds what is read of an answer: ten messages of 1 MiB, escaped.
const maxAnswer = 64 << 20

// call makes one request and returns the answer's text. It does not try again.
func (w *wire) call(ctx context.Context, operation string, body []byte) ([]byte, error) {
	credentials, err := w.credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	target := "AmazonSQS." + operation
	request := (&http.Request{
		Method: http.MethodPost, URL: w.url, Host: w.url.Host, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {jsonType}, "X-Amz-Target": {target}, "User-Agent": {"dispatch-events-aws"}},
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}).WithContext(ctx)
	w.signer.sign(request, target, body, &credentials, time.Now().Add(time.Duration(w.skew.Load())))
	response, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer bytes.Buffer
	answer.Grow(int(max(0, min(response.ContentLength, maxAnswer))) + bytes.MinRead)
	if _, err := answer.ReadFrom(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		w.learnTime(response)
		return nil, apiError(response, answer.Bytes())
	}
	return answer.Bytes(), nil
}

// learnTime follows AWS's clock where ours is wrong by minutes: it refuses signatures that are too old or too young.
func (w *wire) learnTime(response *http.Response) {
	theirs, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusBadRequest {
		return
	}
	if skew := time.Until(theirs); skew.Abs() > 4*time.Minute {
		w.skew.Store(int64(skew))
	}
}

// apiError reads the protocol's error: {"__type": "com.amazonaws.sqs#Code", "message": "…"}.
func apiError(response *http.Response, text []byte) error {
	e := &smithy.GenericAPIError{Code: response.Status, Fault: smithy.FaultServer}
	if response.StatusCode < 500 {
		e.Fault = smithy.FaultClient
	}
	r := scan.New(text)
	for name := range r.Members() {
		switch string(bytes.ToLower(name)) {
		case "__type":
			kind, _ := r.Text()
			e.Code = kind[strings.LastIndexByte(kind, '#')+1:]
		case "message":
			e.Message, _ = r.Text()
		}
	}
	return e
}

var errAnswer = errors.New("answer is not what SQS sends")
