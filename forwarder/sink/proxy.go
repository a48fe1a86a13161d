package sink

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
)

// proxyAnswer is a proxy's answer that refuses a CONNECT.
type proxyAnswer struct {
	status int
	text   string
}

func (p *proxyAnswer) Error() string { return "proxy answers " + p.text + proxyHint }

const proxyHint = " (check HTTP_PROXY and HTTPS_PROXY)"

// checkProxyAnswer checks a proxy's answer to CONNECT. net/http by itself would report only the text of its status
// line.
func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyAnswer{status: response.StatusCode, text: response.Status}
}

// proxyFailure returns the fate of an event that got no answer because of a proxy; if a proxy is not the cause, the
// reason is empty. If the proxy cannot be reached or refuses to connect, the configuration is wrong. If it answers that
// it cannot reach the receiver, the receiver is unavailable.
func proxyFailure(err error) (fate Fate, reason string) {
	var answer *proxyAnswer
	if errors.As(err, &answer) {
		if FateOf(answer.status) == Unavailable {
			return Unavailable, answer.Error()
		}
		return Misconfigured, answer.Error()
	}
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Op == "proxyconnect" {
		return Misconfigured, "proxy cannot be reached" + proxyHint + ": " +
			ownPort.ReplaceAllString(failed.Err.Error(), "->")
	}
	return Delivered, ""
}
