package sink

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
)

// secret has what encoders of every kind write in another way.
const secret = `Sec/ret+"<tok&en>~=\0042`

// echoes are the ways in which a receiver or a proxy may show a secret.
func echoes(secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	every := ""
	for _, c := range []byte(secret) {
		every += fmt.Sprintf("%%%02x", c)
	}
	return map[string]string{
		"as it is": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "small hex": every,
		"twice": url.QueryEscape(url.QueryEscape(secret)), "JSON": string(quoted), "JSON without HTML": plain.String(),
		"HTML": html.EscapeString(secret), "Go": fmt.Sprintf("%q", secret), "JSON in JSON": fmt.Sprintf("%q", quoted),
	}
}

// leaks tells whether a part of the secret that would help somebody is in a verdict.
func leaks(v Verdict, secret string) bool {
	text := v.Reason + "\n" + v.Key() + "\n" + fmt.Sprint(v)
	for _, form := range echoes(secret) {
		form = strings.Trim(form, "\"\n\\")
		if strings.Contains(text, form) || strings.Contains(text, form[:10]) {
			return true
		}
	}
	return strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) })
}

// raw answers every request with the same bytes, whatever HTTP makes of them.
func raw(t *testing.T, answer string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 64<<10))
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestNoSecretIsLetOut has every place of an answer echo the token, in every form.
func TestNoSecretIsLetOut(t *testing.T) {
	for form, echo := range echoes(secret) {
		for place, answer := range map[string]string{
			"status line": "HTTP/1.1 400 \x1b[31m\u009b31m\u202e" + echo + "\r\nContent-Length: 0\r\n\r\n",
			"body":        "HTTP/1.1 400 No\r\nConnection: close\r\n\r\nwrong: " + echo + " \x1b[2J",
			"end of the body": "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 500-len(secret)/2) + echo +
				"y",
			"far in the body": "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n" + strings.Repeat(" ", 4090-len(echo)/2) + echo +
				strings.Repeat("y", 5000),
			"location":        "HTTP/1.1 307 No\r\nLocation: https://example.invalid/?next=" + echo + "\r\n\r\n",
			"location's path": "HTTP/1.1 307 No\r\nLocation: https://example.invalid/" + echo + "\r\n\r\n",
			"bad header":      "HTTP/1.1 200 OK\r\n" + echo + "\r\n\r\n",
			"bad status line": echo + "\r\n\r\n",
			"bad version":     "HTTP/x " + echo + "\r\n\r\n",
		} {
			for _, format := range []string{FormatDispatch, FormatStructured} {
				s := newSink(t, raw(t, answer), func(o *Options) { o.Format, o.Token = format, secret })
				if v := s.Send(t.Context(), samples()[1]); v.Fate == Delivered || v.Reason == "" || leaks(v, secret) {
					t.Errorf("%s in the %s: %v, %q", form, place, v, v.Err)
				}
			}
		}
	}
}

func TestNoPasswordIsLetOut(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
	for name, answer := range map[string]string{
		"header": "Basic " + basic, "password": secret, "pair": "user:" + secret, "cut": basic[:len(basic)-3],
	} {
		target, _ := url.Parse(raw(t, "HTTP/1.1 401 "+answer+"\r\nContent-Length: 0\r\n\r\n"))
		target.User = url.UserPassword("user", secret)
		v := newSink(t, target.String(), nil).Send(t.Context(), samples()[0])
		if v.Status != 401 || leaks(v, secret) || strings.Contains(v.Reason, basic[:16]) {
			t.Errorf("%s: %v", name, v)
		}
	}
	key := "a-key-of-functions-1234567890"
	v := newSink(
		t, raw(t, "HTTP/1.1 401 no /?code="+key+"\r\nContent-Length: 0\r\n\r\n")+"/?code="+key, nil,
	).Send(t.Context(), samples()[0])
	if v.Status != 401 || leaks(v, key) {
		t.Errorf("got %v", v)
	}
}

// TestNoEarlierTokenIsLetOut has an answer come to a request that was sent before the token was replaced.
func TestNoEarlierTokenIsLetOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	put := func(text string, age time.Duration) {
		if err := errors.Join(
			os.WriteFile(file, []byte(text), 0o600), os.Chtimes(file, time.Now(), time.Now().Add(-age)),
		); err != nil {
			t.Fatal(err)
		}
	}
	put(secret, time.Hour)
	var s *Sink
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		put("an entirely other one", time.Minute)
		s.shared.mu.Lock()
		s.shared.checked = time.Time{}
		s.shared.mu.Unlock()
		_ = s.shared.value()
		http.Error(w, "wrong: "+r.Header.Get("Authorization"), http.StatusUnauthorized)
	}))
	defer server.Close()
	s = newSink(t, server.URL, func(o *Options) { o.TokenFile = file })
	for range 2 {
		if v := s.Send(t.Context(), samples()[0]); v.Status != 401 || leaks(v, secret) || leaks(v, "an entirely other one") {
			t.Errorf("got %v", v)
		}
	}
}

// TestBackslashAtTheEnd has an answer that is cut off where a secret contains a backslash, which looks like an escape.
func TestBackslashAtTheEnd(t *testing.T) {
	if !containsSecret(`pass%2Fw0%5C`, []string{`pass/w0\tail`}) {
		t.Error("it is not found")
	}
}

// TestNoAnswerIsStillTold has a word of the operating system as a secret: it comes from nobody who knows it.
func TestNoAnswerIsStillTold(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	v := newSink(t, server.URL, func(o *Options) { o.Token = "connect" }).Send(t.Context(), samples()[0])
	if !strings.HasSuffix(v.Reason, "connection refused") {
		t.Errorf("got %v", v)
	}
}

// TestErrorsAreStillTold has the core look at what failed, without its text.
func TestErrorsAreStillTold(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	var dial *net.OpError
	if v := newSink(t, server.URL, nil).Send(t.Context(), samples()[0]); !errors.As(v.Err, &dial) ||
		!errors.Is(v.Err, syscall.ECONNREFUSED) || !v.AffectsEveryEvent() {
		t.Errorf("got %v of %v", v, v.Err)
	}
}

func FuzzContainsSecret(f *testing.F) {
	for _, form := range echoes(secret) {
		f.Add("before "+form+" after", secret)
	}
	f.Add("%2541%41", "%41")
	f.Add("&#", "&")
	f.Fuzz(func(t *testing.T, text, secret string) {
		if secret != "" && strings.Contains(text, secret) && !containsSecret(text, []string{"", secret}) {
			t.Errorf("%q is not found in %q", secret, text)
		}
	})
}

// TestRedirectsSayWhereTo has a redirect name the address that belongs into the settings.
func TestRedirectsSayWhereTo(t *testing.T) {
	for location, want := range map[string]string{
		"https://example.invalid/events": "307 Temporary Redirect: the receiver redirects to " +
			"https://example.invalid/events: correct SINK_URL or DISPATCH_API_ENDPOINT",
		"https://u:p4ssword@example.invalid/": "307 Temporary Redirect: the receiver redirects to " +
			"https://u:xxxxx@example.invalid/: correct SINK_URL or DISPATCH_API_ENDPOINT",
		"/events/": "307 Temporary Redirect: the receiver redirects to " +
			"http://HOST/events/: correct SINK_URL or DISPATCH_API_ENDPOINT",
		"https://\u202e/%zz": "307 Temporary Redirect",
		"":                   "307 Temporary Redirect",
	} {
		head := "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\n"
		if location != "" {
			head += "Location: " + location + "\r\n"
		}
		target := raw(t, head+"\r\n")
		v := newSink(t, target+"/events", nil).Send(t.Context(), samples()[0])
		want = strings.ReplaceAll(want, "http://HOST", target)
		if v.Fate != Misconfigured || v.Reason != want {
			t.Errorf("%q: %v", location, v)
		}
	}
	where := raw(
		t, "HTTP/1.1 308 Permanent Redirect\r\nLocation: /v2/ingest?authToken=t0ken&a=b\r\nContent-Length: 0\r\n\r\n",
	)
	v := newSink(
		t, where, func(o *Options) { o.Format, o.Token = FormatDispatch, "t0ken" },
	).Send(t.Context(), samples()[0])
	if v.Reason != "308 Permanent Redirect: the receiver redirects to "+where+"/v2/ingest: "+
		"correct SINK_URL or DISPATCH_API_ENDPOINT" {
		t.Errorf("got %v", v)
	}
}

// TestProxyThatFails runs itself again, because the environment's proxy is read once a process.
func TestProxyThatFails(t *testing.T) {
	const child = "SINK_TEST_SCHEME"
	if scheme := os.Getenv(child); scheme != "" {
		target := "http://receiver.invalid/"
		if scheme == "https" {
			target = "https://receiver.invalid/"
		}
		v := newSink(t, target, nil).Send(t.Context(), samples()[0])
		fmt.Printf("VERDICT %v, of the receiver %t\n", v, v.AffectsEveryEvent())
		return
	}
	away := httptest.NewServer(nil)
	away.Close()
	answer := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return server.URL
	}
	const misconfigured, unavailable = "misconfigured: ", "unavailable: "
	for _, test := range []struct{ name, proxy, want, says string }{
		{"down", away.URL, misconfigured, "proxy cannot be reached (check HTTP_PROXY and HTTPS_PROXY): dial tcp"},
		{"asks for credentials", answer(407), misconfigured, "407 Proxy Authentication Required (check HTTP_PROXY and"},
		{"forbids", answer(403), misconfigured, "403 Forbidden"},
		{"cannot reach the receiver", answer(502), unavailable, "502 Bad Gateway"},
		{"refuses", answer(400), "", "400 Bad Request"},
	} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(test.name+"/"+scheme, func(t *testing.T) {
				proxy := strings.Replace(test.proxy, "http://", "http://user:"+url.QueryEscape(secret)+"@", 1)
				command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyThatFails$")
				command.Env = append(
					os.Environ(), "HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy, "NO_PROXY=", "REQUEST_METHOD=", child+"="+scheme,
				)
				out, err := command.CombinedOutput()
				want := test.want
				if want == "" { // of a request that the proxy was to pass on it may be the event's own
					want = map[string]string{"http": "refused: ", "https": misconfigured}[scheme]
				}
				if err != nil || !strings.Contains(string(out), "VERDICT "+want) || !strings.Contains(string(out), test.says) {
					t.Errorf("%v: %s", err, out)
				}
				if strings.Contains(string(out), "Sec/ret") ||
					strings.Contains(want, misconfigured) != strings.Contains(string(out), "receiver true") {
					t.Errorf("got %s", out)
				}
			})
		}
	}
}
