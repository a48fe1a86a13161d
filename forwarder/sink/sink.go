// Package sink posts CloudEvents over HTTP, to Dispatch in one of its own formats or to any CloudEvents 1.0
// receiver, and decides from the answer what happens to the event. It sends once; the caller decides whether and when
// to send again.
package sink

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
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
	Connections               int           // idle connections that are kept open
	MaxConnAge                time.Duration // of a connection, before it is replaced; 0 means no limit

	Log *zap.Logger // gets a warning when a changed file cannot be read; may be nil
}

// Sink sends events to one receiver. It is safe for concurrent use.
type Sink struct {
	target  url.URL
	header  http.Header // of every request
	format  format
	shared  *fileValue[*sharedRequest]
	secrets secrets
	client  *httpclient.Client
}

// sharedRequest is what all requests with the same token share. A request that adds headers copies the header map
// first.
type sharedRequest struct {
	target url.URL
	header http.Header
}

// NewClient makes the HTTP client for a receiver: it uses the environment's proxy, and the options' certificates and
// timeout.
func NewClient(o Options) (*httpclient.Client, error) {
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	return httpclient.New(httpclient.Options{
		URL: o.URL, TLS: config, Timeout: o.Timeout, MaxAge: o.MaxConnAge, MaxIdle: o.Connections,
		OnProxyConnectResponse: checkProxyAnswer,
	}), nil
}

// New prepares a sink; it does not connect.
func New(o Options) (*Sink, error) {
	f, err := formatOf(o)
	if err != nil {
		return nil, err
	}
	client, err := NewClient(o)
	if err != nil {
		return nil, err
	}
	s := &Sink{target: *o.URL, header: http.Header{"User-Agent": {o.UserAgent}}, format: f, client: client}
	if f.contentType != "" {
		s.header["Content-Type"] = []string{f.contentType}
	}
	s.secrets.addFromURL(o.URL)
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: o.URL}); err == nil && proxy != nil {
		s.secrets.addFromURL(proxy)
	}
	if user := o.URL.User; user != nil {
		password, _ := user.Password()
		s.header["Authorization"] = []string{"Basic " +
			base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))}
		s.target.User = nil
	}
	if o.Org != "" {
		s.header["X-Dispatch-Org"] = []string{o.Org}
	}
	if o.Format == FormatDispatch {
		s.header["Cookie"] = []string{"unset"} // Dispatch requires a cookie with any value; its own client sends this one
	}
	s.shared, err = newFileValue(o.Log, func() (*sharedRequest, error) {
		token, err := o.Token, error(nil)
		if o.TokenFile != "" {
			token, err = readToken(o.TokenFile)
		}
		if err != nil {
			return nil, err
		}
		return s.sharedRequest(token), nil
	}, o.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("read the receiver's token: %w", err)
	}
	return s, nil
}

// Close closes connections that are idle.
func (s *Sink) Close() { s.client.CloseIdleConnections() }

// Arrays reports whether Send accepts more than one event.
func (s *Sink) Arrays() bool { return s.format.minArray > 0 }

// Secure reports whether the receiver is reached over TLS.
func (s *Sink) Secure() bool { return s.target.Scheme == "https" }

// String names the receiver and the format, without anything secret.
func (s *Sink) String() string {
	return fmt.Sprintf("%s://%s%s as %s", s.target.Scheme, s.target.Host, s.target.Path, s.format.name)
}

// Send posts the events in one request, and waits for the answer until the timeout is over or ctx ends.
//
// It does not use an http.Client: that would follow redirects and so send the token to a host that nobody configured,
// and the other things that it does for a request (cookies, a timeout, copies of the headers) are not wanted here.
func (s *Sink) Send(ctx context.Context, events ...*event.Event) Verdict {
	verdict := s.attempt(ctx, events)
	if verdict.Fate != Delivered {
		s.cleanTexts(&verdict, events)
	}
	return verdict
}

func (s *Sink) attempt(ctx context.Context, events []*event.Event) Verdict {
	request, err := s.request(ctx, events)
	if err != nil {
		return Verdict{Fate: Refused, Reason: "encode event: " + err.Error()}
	}
	response, err := s.client.RoundTrip(request)
	if err != nil {
		return verdictWithoutAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	return s.verdict(response)
}

func (s *Sink) request(ctx context.Context, events []*event.Event) (*http.Request, error) {
	shared := s.shared.value()
	header, own := shared.header, false
	set := func(name, value string) {
		if !own {
			header, own = maps.Clone(header), true
		}
		header[http.CanonicalHeaderKey(name)] = []string{value}
	}
	body, err := s.format.body(events, set)
	if err != nil {
		return nil, err
	}
	if len(events) == 1 {
		for x := range events[0].Traces() {
			set(x.Name, x.Value)
		}
	}
	request := &http.Request{
		Method: http.MethodPost, URL: &shared.target, Host: s.target.Host, Header: header, ProtoMajor: 1, ProtoMinor: 1,
		Body: body.reader(), ContentLength: int64(body.size),
		// If the receiver has closed an idle connection, httpclient sends the request again on another.
		GetBody: func() (io.ReadCloser, error) { return body.reader(), nil },
	}
	return request.WithContext(ctx), nil
}

// authToken is the query parameter for the token that Dispatch Solo asks for.
const authToken = "authToken"

// sharedRequest makes what all requests with this token share. The token may be empty.
func (s *Sink) sharedRequest(token string) *sharedRequest {
	c := &sharedRequest{target: s.target, header: s.header}
	switch {
	case token == "":
	case s.format.name == FormatDispatch:
		c.target.RawQuery = url.Values{authToken: {token}}.Encode()
	default:
		c.header = maps.Clone(s.header)
		c.header["Authorization"] = []string{"Bearer " + token}
	}
	s.secrets.addToken(token)
	return c
}

func (s *Sink) verdict(response *http.Response) Verdict {
	fate := FateOf(response.StatusCode)
	if fate == Delivered {
		// The status decides. The body is read so that the connection can be reused: Dispatch answers with the whole event.
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxDrained))
		return Verdict{Fate: Delivered, Status: response.StatusCode}
	}
	if response.StatusCode == http.StatusSwitchingProtocols { // a read of its body would not be cancelled when ctx ends
		return Verdict{Fate: fate, Status: response.StatusCode, Reason: response.Status}
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxRead))
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxDrained))
	if fate == Refused && wantsTLS(response.StatusCode, string(text)) {
		fate = Misconfigured
	}
	reason := response.Status
	if response.StatusCode == http.StatusProxyAuthRequired {
		reason += proxyHint
	}
	if response.StatusCode < 400 {
		reason = s.redirectReason(response)
	} else if printable(string(text)) != "" {
		reason += ": " + string(text)
	}
	verdict := Verdict{
		Fate:       fate,
		Status:     response.StatusCode,
		Reason:     reason,
		RetryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
	if verdict.MayBeFormat() {
		verdict.Format = formatAskedFor(verdict.Status, string(text), s.format.name)
	}
	return verdict
}

const (
	maxDrained = 1 << 20 // bytes that are read before a connection is reused; for more, a new connection is cheaper
	maxRead    = 4 << 10 // bytes of a refusal that are interpreted and reported
)

// ownPort matches the local port in an error of package net. It differs from attempt to attempt; without it the same
// failure has the same reason, and is logged only once.
var ownPort = regexp.MustCompile(`:\d+->`)

// verdictWithoutAnswer returns the verdict if err came instead of an answer.
func verdictWithoutAnswer(err error) Verdict {
	verdict := Verdict{Fate: Unavailable, Reason: ownPort.ReplaceAllString(err.Error(), "->"), Err: err}
	if isCertificate(err) {
		verdict.Fate = Misconfigured
	}
	if errors.Is(err, context.DeadlineExceeded) {
		verdict.Reason = "no answer in time"
	}
	if fate, reason := proxyFailure(err); reason != "" {
		verdict.Fate, verdict.Reason = fate, reason
	}
	return verdict
}

// Reach checks whether something listens at the receiver's address. With a proxy it checks nothing and returns nil, as
// if the receiver had been reached.
func (s *Sink) Reach(ctx context.Context) error { return s.client.Reach(ctx) }
