package queue

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// connections is how many connections to SQS stay open when idle: receives, deletes, renewals and dead letters at once.
const connections = 64

// httpClient gives net/http a request body that is in memory. The SDK closes a request's body as soon as Do returns, while
// net/http may still read it when the answer is fast; net/http then drops the connection under the answer, the SDK tries again in
// silence, and the messages of the lost answer stay invisible for their whole visibility timeout.
type httpClient struct{ client aws.HTTPClient }

// HTTPClient is the client that the package itself uses, for others who talk to SQS and must not lose an answer.
func HTTPClient(config aws.Config) aws.HTTPClient { return newHTTPClient(config) }

func newHTTPClient(config aws.Config) *httpClient {
	client := config.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		client = buildable.WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = connections
			t.WriteBufferSize = 8 << 10 // a delete of ten leaves in one write
		})
	}
	return &httpClient{client: client}
}

// Do implements aws.HTTPClient.
func (c *httpClient) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		request = request.Clone(request.Context())
		request.Body = io.NopCloser(bytes.NewReader(body))
		request.ContentLength = int64(len(body))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return c.client.Do(request)
}
