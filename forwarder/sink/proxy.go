package sink

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
)

// proxyAnswer is a proxy's answer to CONNECT by which it does not connect.
type proxyAnswer struct {
	status int
	text   string
}

func (p *proxyAnswer) Error() string { return "proxy answers " + p.text + environment }

const environment = " (HTTP_PROXY, HTTPS_PROXY)"

// connected looks at a proxy's answer to CONNECT. net/http would tell no more of it than the words of its status line.
func connected(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyAnswer{status: response.StatusCode, text: response.Status}
}

// ofProxy tells what becomes of an event when a proxy is the reason why there was no answer; else the reason is empty.
// A proxy that is not there, or lets nothing pass, is the configuration's fault; one that cannot reach the receiver
// speaks of that one.
func ofProxy(err error) (fate Fate, reason string) {
	var answer *proxyAnswer
	if errors.As(err, &answer) {
		if FateOf(answer.status) == Unavailable {
			return Unavailable, answer.Error()
		}
		return Misconfigured, answer.Error()
	}
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Op == "proxyconnect" {
		return Misconfigured, "proxy cannot be reached" + environment + ": " +
			ownPort.ReplaceAllString(failed.Err.Error(), "->")
	}
	return Delivered, ""
}
