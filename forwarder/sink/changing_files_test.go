package sink

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func write(t *testing.T, name, blockType string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// clientCertificate makes a certificate that vouches for itself.
func clientCertificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(certificate)
	return write(t, "client.pem", "CERTIFICATE", der), write(t, "client.key", "EC PRIVATE KEY", keyDER), pool
}

func TestTLS(t *testing.T) {
	certFile, keyFile, pool := clientCertificate(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	roots := write(t, "roots.pem", "CERTIFICATE", server.Certificate().Raw)

	for name, test := range map[string]struct {
		change func(*Options)
		want   Fate
	}{
		"all well":              {func(o *Options) { o.CAFile, o.CertFile, o.KeyFile = roots, certFile, keyFile }, Delivered},
		"unknown server":        {func(o *Options) { o.CertFile, o.KeyFile = certFile, keyFile }, Misconfigured},
		"no client certificate": {func(o *Options) { o.CAFile = roots }, Misconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			if v := newSink(t, server.URL, test.change).Send(t.Context(), samples()[0]); v.Fate != test.want {
				t.Error(v)
			}
		})
	}
}

// TestPlainToTLS has an address without the s: good events must not become dead letters for that.
func TestPlainToTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(
		http.ResponseWriter, *http.Request,
	) {
		t.Error("a request")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	v := newSink(t, strings.Replace(server.URL, "https:", "http:", 1), nil).Send(t.Context(), samples()[0])
	if v.Fate != Misconfigured || v.Status != http.StatusBadRequest {
		t.Error(v)
	}
	for text, want := range map[string]bool{
		"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>": true,
		"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />":             true,
		"400 Bad Request: https is better":                                                    false,
	} {
		if got := wantsTLS.MatchString(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestFilesThatAreNotThere(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lines := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(lines, []byte("tok\x1ben\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{
		{CAFile: empty},
		{CAFile: "nope"},
		{CertFile: "nope", KeyFile: "nope"},
		{Format: "nope"},
		{TokenFile: "nope"},
		{TokenFile: empty},
		{TokenFile: lines},
	} {
		o.URL = &url.URL{Scheme: "https", Host: "receiver.invalid"}
		if o.Format == "" {
			o.Format = FormatBinary
		}
		if s, err := New(o); err == nil {
			t.Errorf("%+v made %v", o, s)
		}
	}
}

func TestTokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	put := func(text string, age time.Duration) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	put("first\n", time.Hour)
	parse := func(contents [][]byte) (string, error) { return parseToken(contents[0]) }
	token, err := newFileValue(zap.NewNop(), parse, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "first"},
		{func() { put(" second ", time.Minute) }, "second"},
		{func() { put("", time.Second) }, "second"},
		{func() { put("two\nlines", time.Second) }, "second"},
		{func() { _ = os.Remove(file) }, "second"},
		{func() { put("third", 0) }, "third"},
	} {
		step.change()
		token.checked = time.Time{}
		if got := token.value(); got != step.want {
			t.Errorf("token is %q, not %q", got, step.want)
		}
	}
}

// TestCertificateFilesOnTheirOwn checks that files that have not changed are not read again, and that a broken file
// with CA certificates does not keep the client certificate from being replaced.
func TestCertificateFilesOnTheirOwn(t *testing.T) {
	certFile, keyFile, _ := clientCertificate(t)
	otherCert, otherKey, _ := clientCertificate(t)
	text, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, text, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		config, err := tlsConfig(Options{CAFile: roots, CertFile: certFile, KeyFile: keyFile, Log: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		later := func() (*x509.CertPool, *tls.Certificate) {
			time.Sleep(2 * rereadAfter)
			c := config()
			mine, err := c.GetClientCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			return c.RootCAs, mine
		}
		firstPool, firstPair := later()
		if pool, pair := later(); pool != firstPool || pair != firstPair {
			t.Error("files that have not changed were read again")
		}
		err = errors.Join(os.WriteFile(roots, []byte("broken"), 0o600), os.Rename(otherCert, certFile),
			os.Rename(otherKey, keyFile))
		if err != nil {
			t.Fatal(err)
		}
		if pool, pair := later(); pool != firstPool || pair == firstPair {
			t.Errorf("roots changed: %t, client certificate changed: %t", pool != firstPool, pair != firstPair)
		}
	})
}

// TestRootsAreReadAgain has the receiver's authority replaced in the file, which is broken in between, while the sink
// runs.
func TestRootsAreReadAgain(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Connection", "close") // so that each request has its own handshake
			}))
			server.EnableHTTP2 = http2
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			defer server.Close()
			otherFile, _, _ := clientCertificate(t)
			other, err := os.ReadFile(otherFile)
			if err != nil {
				t.Fatal(err)
			}
			right := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			file := filepath.Join(t.TempDir(), "roots.pem")
			put := func(text []byte) {
				if err := os.WriteFile(file+".new", text, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(file+".new", file); err != nil {
					t.Fatal(err)
				}
			}
			put(other)
			core, logged := observer.New(zap.WarnLevel)
			s := newSink(t, server.URL, func(o *Options) { o.CAFile, o.Log = file, zap.New(core) })
			until := func(what string, done func(Verdict) bool) {
				for deadline := time.Now().Add(20 * time.Second); ; {
					v := s.Send(t.Context(), samples()[0])
					if done(v) {
						return
					}
					if time.Now().After(deadline) {
						t.Fatalf("%s: %v", what, v)
					}
				}
			}
			if v := s.Send(t.Context(), samples()[0]); v.Fate != Misconfigured {
				t.Error(v)
			}
			put(append(other, right...))
			until("the right one is added", func(v Verdict) bool { return v.Fate == Delivered })
			put([]byte("broken"))
			until("the file is broken", func(v Verdict) bool {
				if v.Fate != Delivered {
					t.Fatal(v)
				}
				return logged.Len() > 0
			})
			put(other)
			until("the right one is removed", func(v Verdict) bool { return v.Fate == Misconfigured })
			if n := logged.Len(); n != 1 {
				t.Errorf("%d warnings: %v", n, logged.All())
			}
			put([]byte("broken"))
			until("the file is broken again", func(Verdict) bool { return logged.Len() > 1 })
		})
	}
}

// TestPairIsReplaced has a client certificate and its key replaced one after the other.
func TestPairIsReplaced(t *testing.T) {
	cert, key, _ := clientCertificate(t)
	newCert, newKey, _ := clientCertificate(t)
	config, err := tlsConfig(Options{CertFile: cert, KeyFile: key, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	leaf := func() []byte {
		pair, err := config().GetClientCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Certificate[0]
	}
	first := leaf()
	if err := os.Rename(newCert, cert); err != nil {
		t.Fatal(err)
	}
	<-time.After(rereadAfter + 100*time.Millisecond)
	if !bytes.Equal(leaf(), first) {
		t.Error("half of the pair is in force")
	}
	if err := os.Rename(newKey, key); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); bytes.Equal(leaf(), first); {
		if time.Now().After(deadline) {
			t.Fatal("the new pair is not in force")
		}
	}
}

// TestNoAnswerInTime has a receiver that is too slow, whatever it speaks: that is overload, and said alike.
func TestNoAnswerInTime(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){
		"plain": (*httptest.Server).Start, "TLS": (*httptest.Server).StartTLS,
		"HTTP/2": func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			stop := make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				<-stop
			}))
			start(server)
			defer server.Close()
			defer close(stop)
			v := newSink(t, server.URL, func(o *Options) {
				o.Timeout = 50 * time.Millisecond
				if server.Certificate() != nil {
					o.CAFile = write(t, "roots.pem", "CERTIFICATE", server.Certificate().Raw)
				}
			}).Send(t.Context(), samples()[0])
			if v.Fate != Unavailable || v.Reason != "no answer in time" || !v.Overloaded() {
				t.Error(v)
			}
		})
	}
}

func TestTheSameFailureHasTheSameKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	}))
	defer server.Close()
	s := newSink(t, server.URL, nil)
	one, another := s.Send(t.Context(), samples()[0]), s.Send(t.Context(), samples()[0])
	if one.Key() != another.Key() || !strings.Contains(one.Reason, "connection reset") {
		t.Errorf("%q and %q", one.Reason, another.Reason)
	}
}

// TestBehindAProxy runs itself again, because the environment's proxy is read once a process.
func TestBehindAProxy(t *testing.T) {
	const child = "SINK_TEST_CHILD"
	if os.Getenv(child) != "" {
		if v := newSink(t, "http://receiver.invalid/events", nil).Send(t.Context(), samples()[0]); v.Fate != Delivered {
			t.Error(v)
		}
		return
	}
	var asked atomic.Pointer[string]
	proxy := httptest.NewServer(http.HandlerFunc(func(
		_ http.ResponseWriter, r *http.Request,
	) {
		asked.Store(&r.RequestURI)
	}))
	defer proxy.Close()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBehindAProxy$")
	command.Env = append(os.Environ(), child+"=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=", "REQUEST_METHOD=")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := asked.Load(); got == nil || *got != "http://receiver.invalid/events" {
		t.Errorf("proxy was asked for %v", got)
	}
}
