package tracing

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/httpclient"
)

// client posts spans to an OTLP collector. OpenTelemetry's client, otlptracehttp, links gRPC even for HTTP: the program
// would grow from 20 to 23 MB and use 2 MiB more memory, which with a receiver 20 ms away would exceed its memory
// limit.
type client struct {
	config *config
	http   *httpclient.Client
}

func newClient(c *config) (*client, error) {
	made, err := sink.NewClient(sink.Options{
		URL: c.endpoint, Timeout: c.timeout, CAFile: c.ca, CertFile: c.cert, KeyFile: c.key, Connections: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("read OTEL_EXPORTER_OTLP certificates: %w", err)
	}
	c.header.Set("Content-Type", "application/x-protobuf")
	if c.compress {
		c.header.Set("Content-Encoding", "gzip")
	}
	return &client{config: c, http: made}, nil
}

// Start implements otlptrace.Client.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. Spans that the collector has not accepted within the timeout are lost. An
// export is repeated if it gets no answer, or a status that the protocol allows to retry.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	ctx, cancel := context.WithTimeout(ctx, c.config.timeout)
	defer cancel()
	body, err := c.body(spans)
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	for wait := 500 * time.Millisecond; ; wait *= 2 {
		again, err := c.post(ctx, body)
		if err == nil || !again {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// body encodes an ExportTraceServiceRequest, which on the wire is the same as TracesData.
func (c *client) body(spans []*tracepb.ResourceSpans) ([]byte, error) {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil || !c.config.compress {
		return body, err
	}
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, err = w.Write(body)
	err = errors.Join(err, w.Close())
	return small.Bytes(), err
}

func (c *client) post(ctx context.Context, body []byte) (again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("post spans: %w", err)
	}
	request.Header = c.config.header
	response, err := c.http.RoundTrip(request)
	if err != nil {
		return true, fmt.Errorf("post spans: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	if response.StatusCode/100 != 2 {
		return again, fmt.Errorf("post spans: collector answers %s", response.Status)
	}
	return false, nil
}
