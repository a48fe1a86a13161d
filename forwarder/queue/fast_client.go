package queue

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

// fastClient makes the SQS calls that every event needs, in SQS's JSON protocol: receive, delete, the renewal of
// leases, and dead letters. With the SDK (middleware, decoding through maps, a checksum over each body, which TLS has
// already verified), they took as much CPU time as everything else that the forwarder does for an event. All else is
// left to the SDK: credentials, endpoint, and the calls at the start.
type fastClient struct {
	client      *httpClient
	url         string
	region      string
	credentials *chain
	skew        atomic.Int64 // how far AWS's clock is ahead of this machine's, in nanoseconds
}

func newFastClient(ctx context.Context, client *httpClient, c *chain, o sqs.Options) (*fastClient, error) {
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, sqs.EndpointParameters{
		Region: &o.Region, Endpoint: o.BaseEndpoint,
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	})
	if err != nil {
		return nil, fmt.Errorf("find endpoint of SQS: %w", err)
	}
	return &fastClient{client: client, url: endpoint.URI.JoinPath("/").String(), region: o.Region, credentials: c}, nil
}

// call makes one request; if it is a receive, it waits for messages for at most wait. It tries once more if the answer
// takes too long, or if SQS has refused the request's time or credentials, and the clock is corrected or different
// credentials are found. A receive without an answer is not repeated: it may have been carried out, and then its
// messages are invisible.
func (f *fastClient) call(ctx context.Context, operation string, body []byte, wait time.Duration) (answer, error) {
	for again := true; ; again = false {
		used := f.credentials.current.Load()
		signed := time.Now().Add(time.Duration(f.skew.Load()))
		request, err := f.sign(ctx, used, signed, operation, body)
		if err != nil {
			if again && ctx.Err() == nil && f.credentials.reloadRefused(ctx, used, "ExpiredToken") {
				continue // for example, the keys with which it assumes a role were replaced
			}
			return answer{}, err
		}
		got, err := f.client.attempt(request, wait+answerTime)
		var mayRepeat bool
		switch {
		case err != nil:
			mayRepeat = errors.Is(err, errTimeout) && operation != "ReceiveMessage" && ctx.Err() == nil
		case got.StatusCode == http.StatusOK:
			return got, nil
		default:
			err = got.apiError()
			corrected := f.correctClock(got, signed)
			mayRepeat = f.credentials.reloadRefused(ctx, used, codeOf(err)) || corrected
		}
		if !again || !mayRepeat {
			return got, err
		}
	}
}

// sign returns a signed request. The SDK's signer takes 0.7 µs more per event than a signer made only for these
// requests would, which is 1 % of the total.
func (f *fastClient) sign(
	ctx context.Context, by *generation, now time.Time, operation string, body []byte,
) (*http.Request, error) {
	credentials, err := by.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{
		"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS." + operation},
		"User-Agent": {"dispatch-events-aws"},
	}
	sum := sha256.Sum256(body)
	err = by.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "sqs", f.region, now)
	if err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	return request, nil
}

// maxSkew is a difference between the clocks that SQS certainly tolerates.
const maxSkew = 4 * time.Minute

// correctClock adopts AWS's clock from the Date of a refusal and reports whether the request was signed with a wrong
// time. The correction is an offset to the local clock. When the local clock is set right, the next refusal removes the
// offset.
func (f *fastClient) correctClock(refusal answer, signed time.Time) bool {
	theirs, err := http.ParseTime(refusal.Header.Get("Date"))
	refused := refusal.StatusCode == http.StatusForbidden || refusal.StatusCode == http.StatusBadRequest
	if err != nil || !refused || refusal.Header.Get("Age") != "" {
		return false
	}
	skew := time.Until(theirs)
	if skew.Abs() < maxSkew {
		skew = 0 // the Date has whole seconds, and the answer may have taken some to arrive
	}
	f.skew.Store(int64(skew))
	return theirs.Sub(signed).Abs() >= maxSkew
}

// apiError reads the protocol's error: {"__type": "com.amazonaws.sqs#Code", "message": "…"}.
func (a answer) apiError() error {
	var said struct {
		Type    string `json:"__type"`
		Message string
	}
	_ = json.Unmarshal(a.text, &said) // other answers, such as a proxy's, do not have this form
	code := said.Type[strings.LastIndexByte(said.Type, '#')+1:]
	return &smithy.GenericAPIError{Code: cmp.Or(code, a.Status), Message: withoutHandles(said.Message)}
}
