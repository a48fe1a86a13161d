package sinktest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// row is one request to a receiver and what has to come of it.
type row struct {
	name   string
	method string
	path   string
	header http.Header
	body   string
	status int
	answer string // part of it
	exact  string // all of it, when given
	ids    string // of the accepted events, with blanks between
}

func check(t *testing.T, base row, rows []row, make func() *sinktest.Receiver) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			r := make()
			w := httptest.NewRecorder()
			r.ServeHTTP(w, c.request(t, base))
			if w.Code != c.status {
				t.Errorf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if !strings.Contains(w.Body.String(), c.answer) {
				t.Errorf("answer %q does not contain %q", w.Body, c.answer)
			}
			if c.exact != "" && w.Body.String() != c.exact {
				t.Errorf("answer %q, want %q", w.Body, c.exact)
			}
			if got := ids(r); got != c.ids {
				t.Errorf("accepted %q, want %q", got, c.ids)
			}
			if refused := c.status >= 300 && base.method != http.MethodGet &&
				c.method == ""; refused != (r.Counts().Rejected == 1) {
				t.Errorf("rejections: %v", r.Records())
			}
		})
	}
}

func (c row) request(t *testing.T, base row) *http.Request {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.path == "" {
		c.path = base.path
	}
	var body io.Reader = http.NoBody
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	req := httptest.NewRequestWithContext(t.Context(), c.method, c.path, body)
	for _, h := range []http.Header{base.header, c.header} {
		for k, v := range h {
			req.Header.Del(k)
			for _, one := range v {
				if one != "" {
					req.Header.Add(k, one)
				}
			}
		}
	}
	return req
}

func ids(r *sinktest.Receiver) string {
	var all []string
	for _, e := range r.Events() {
		all = append(all, e.ID)
	}
	return strings.Join(all, " ")
}

func h(pairs ...string) http.Header {
	m := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = []string{pairs[i+1]}
	}
	return m
}
