package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/scan"
)

// wire speaks SQS's JSON protocol for the two calls that every event pays for, receive and delete. All else is the SDK's:
// credentials, endpoint, signature, and every call that is rare. The SDK's own way of these two (middleware, decoding
// through maps, a checksum over each body that TLS has checked before) cost as much as the whole rest of an event's way.
type wire struct {
	client      aws.HTTPClient
	url         string
	region      string
	credentials aws.CredentialsProvider
	signer      *v4.Signer
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
		client: client, url: strings.TrimRight(endpoint.URI.String(), "/") + "/", region: o.Region,
		credentials: o.Credentials, signer: v4.NewSigner(),
	}, nil
}

// maxAnswer bounds what is read of an answer: ten messages of 1 MiB, escaped.
const maxAnswer = 64 << 20

// call makes one request and returns the answer's text. It does not try again.
func (w *wire) call(ctx context.Context, operation string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	request.Header = http.Header{
		"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS." + operation},
		"User-Agent": {"dispatch-events-aws"},
	}
	if err := w.sign(ctx, request, body); err != nil {
		return nil, err
	}
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

func (w *wire) sign(ctx context.Context, request *http.Request, body []byte) error {
	credentials, err := w.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("find AWS credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	now := time.Now().Add(time.Duration(w.skew.Load()))
	if err := w.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "sqs", w.region, now); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
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

// quoted writes a JSON string.
func quoted(dst []byte, text string) []byte {
	text = strings.ToValidUTF8(text, "\ufffd")
	escaped, _ := json.Marshal(text) // a string cannot fail
	return append(dst, escaped...)
}
