package sink

import (
	"context"
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
