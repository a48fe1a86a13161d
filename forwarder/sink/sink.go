// Package sink posts CloudEvents over HTTP, to Dispatch in one of its own formats or to any CloudEvents 1.0
// receiver, and decides from the answer what happens to the event. It sends once; the caller decides whether and when
// to send again.
package sink

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/httpclient"
)

// Options say where and how events are sent.
type Options struct {
	URL     *url.URL
	Format  string        // one of Formats
	Timeout time.Duration // of one attempt, from dialling to the end of the answer

	Token     string // Dispatch's for FormatDispatch, otherwise a bearer token
	TokenFile string // instead of Token; read again when it changes
	Org       string // X-Dispatch-Org
	Namespace string // FormatDraft only
	SourceID  string // FormatDraft only
	UserAgent string

	CAFile, CertFile, KeyFile string        // PEM; without CAFile the system's CA certificates are used
	MaxConnAge                time.Duration // of a connection, before it is replaced; 0 means no limit

	Log *zap.Logger // gets a warning when a changed file cannot be read; may be nil if there are no files
}

// Sink sends events to one receiver. It is safe for concurrent use.
type Sink struct {
	format format
	base   sharedRequest              // what all requests share, whatever the token
	shared *fileValue[*sharedRequest] // base with the current token
	client *httpclient.Client
}

// sharedRequest is what all requests with the same token share. A request that adds headers copies the header map
// first.
type sharedRequest struct {
	target  url.URL
	header  http.Header
	secrets []string // what the request contains and no message may show
}

// New prepares a sink; it does not connect.
func New(o Options) (*Sink, error) {
	f, err := formatOf(o)
	if err != nil {
		return nil, err
	}
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	shared := sharedRequest{target: *o.URL, header: http.Header{"User-Agent": {o.UserAgent}}, secrets: secretsOf(o.URL)}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: o.URL}); err == nil && proxy != nil {
		shared.secrets = append(shared.secrets, secretsOf(proxy)...)
	}
	if f.contentType != "" {
		shared.header["Content-Type"] = []string{f.contentType}
	}
	if user := o.URL.User; user != nil {
		password, _ := user.Password()
		(&http.Request{Header: shared.header}).SetBasicAuth(user.Username(), password)
		shared.target.User = nil
	}
	if o.Org != "" {
		shared.header["X-Dispatch-Org"] = []string{o.Org}
	}
	if o.Format == FormatDispatch {
		shared.header["Cookie"] = []string{"unset"} // Dispatch requires one with any value; its own client sends this one
	}
	s := &Sink{format: f, base: shared, client: httpclient.New(httpclient.Options{
		URL: o.URL, TLS: config, Timeout: o.Timeout, MaxAge: o.MaxConnAge,
	})}
	s.shared, err = newFileValue(o.Log, func(contents [][]byte) (*sharedRequest, error) {
		token, err := parseToken(contents[0])
		return s.withToken(token), err
	}, o.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("read the receiver's token: %w", err)
	}
	if o.TokenFile == "" {
		s.shared.last = s.withToken(o.Token)
	}
	return s, nil
}

// Close closes connections that are idle.
func (s *Sink) Close() { s.client.CloseIdleConnections() }

// Arrays reports whether Send accepts more than one event.
func (s *Sink) Arrays() bool { return s.format.minArray > 0 }

// String names the receiver and the format, without anything secret.
func (s *Sink) String() string {
	to := s.base.target
	return fmt.Sprintf("%s://%s%s as %s", to.Scheme, to.Host, to.Path, s.format.name)
}

// Reach checks whether something listens at the receiver's address. With a proxy it checks nothing and returns nil, as
// if the receiver had been reached.
func (s *Sink) Reach(ctx context.Context) error { return s.client.Reach(ctx) }

// Send posts the events in one request, and waits for the answer until the timeout is over or ctx ends.
//
// It does not use an http.Client: that would follow redirects and so send the token to a host that nobody configured,
// and the other things that it does for a request (cookies, a timeout, copies of the headers) are not wanted here.
func (s *Sink) Send(ctx context.Context, events ...*event.Event) Verdict {
	shared := s.shared.value()
	var traces []event.Extension
	if len(events) == 1 {
		traces = slices.Collect(events[0].Traces())
	}
	header := shared.header
	if len(traces) > 0 || s.format.name == FormatBinary {
		header = maps.Clone(header)
	}
	for _, x := range traces {
		header[http.CanonicalHeaderKey(x.Name)] = []string{x.Value}
	}
	body, err := s.format.body(events, header)
	if err != nil {
		return Verdict{Fate: Refused, Reason: "encode event: " + err.Error()}
	}
	request := &http.Request{
		Method: http.MethodPost, URL: &shared.target, Host: shared.target.Host, Header: header, ProtoMajor: 1, ProtoMinor: 1,
		Body: body.reader(), ContentLength: int64(body.size),
		// If the receiver has closed an idle connection, httpclient sends the request again on another.
		GetBody: func() (io.ReadCloser, error) { return body.reader(), nil },
	}
	var verdict Verdict
	if response, err := s.client.RoundTrip(request.WithContext(ctx)); err != nil {
		verdict = verdictWithoutAnswer(err)
	} else {
		verdict = s.verdict(response)
		_ = response.Body.Close() // what is left of it is not wanted
	}
	if verdict.Fate != Delivered {
		verdict.setReason(verdict.Reason, shared.secrets)
	}
	return verdict
}

// withToken returns what all requests with this token share. The token may be empty.
func (s *Sink) withToken(token string) *sharedRequest {
	shared := s.base
	shared.secrets = append(slices.Clip(shared.secrets), token)
	switch {
	case token == "":
	case s.format.name == FormatDispatch: // Dispatch Solo asks for the token in the query
		shared.target.RawQuery = url.Values{"authToken": {token}}.Encode()
	default:
		shared.header = maps.Clone(shared.header)
		shared.header["Authorization"] = []string{"Bearer " + token}
	}
	return &shared
}

const (
	maxDrained = 1 << 20 // bytes that are read before a connection is reused; for more, a new connection is cheaper
	maxRead    = 4 << 10 // bytes of a refusal that are interpreted and reported
)

// verdict returns the verdict for an answer. The status decides, except for a 400 that says that the receiver expects
// TLS. The body is read so that the connection can be reused: Dispatch answers with the whole event.
func (s *Sink) verdict(response *http.Response) Verdict {
	verdict := Verdict{Fate: FateOf(response.StatusCode), Status: response.StatusCode}
	if verdict.Status == http.StatusSwitchingProtocols { // a read of its body would not be cancelled when ctx ends
		verdict.Reason = response.Status
		return verdict
	}
	if verdict.Fate != Delivered {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxRead))
		s.explain(&verdict, response, string(text))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxDrained))
	return verdict
}

// explain completes the verdict on an answer that does not accept the events; text is its body.
func (s *Sink) explain(v *Verdict, response *http.Response, text string) {
	v.RetryAfter = retryAfter(response.Header.Get("Retry-After"), time.Now())
	v.Reason = response.Status
	if v.Status == http.StatusProxyAuthRequired {
		v.Reason += proxyHint
	}
	if to, err := response.Location(); v.Status < 400 && err == nil {
		to.RawQuery = "" // it may contain the token
		v.Reason += ": the receiver redirects to " + to.Redacted() + ": correct SINK_URL or DISPATCH_API_ENDPOINT"
	} else if printable(text) != "" {
		v.Reason += ": " + text
	}
	if v.Status == http.StatusBadRequest && wantsTLS.MatchString(text) {
		v.Fate = Misconfigured
	}
	if v.MayBeFormat() {
		v.Format = formatAskedFor(v.Status, text, s.format.name)
	}
}
