package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/httpclient"
)

// NewClient makes what reaches a receiver: through the environment's proxy, with the options' certificates and timeout.
func NewClient(o Options) (*httpclient.Client, error) {
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	return httpclient.New(httpclient.Options{
		URL: o.URL, TLS: func() *tls.Config { return config }, Timeout: o.Timeout, MaxAge: o.MaxConnAge, MaxIdle: o.Connections,
		OnProxyConnectResponse: connected,
	}), nil
}

func tlsConfig(o Options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the receiver's roots: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the receiver's roots: %s holds no PEM certificate", o.CAFile)
		}
	}
	if o.CertFile == "" && o.KeyFile == "" {
		return config, nil
	}
	if _, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile); err != nil {
		return nil, fmt.Errorf("read the client certificate: %w", err)
	}
	// Read anew for each connection: such certificates are short-lived and replaced in place.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		return &pair, err
	}
	return config, nil
}

// token is a secret that may live in a file and change there.
type token struct {
	file    string
	mu      sync.Mutex
	text    string
	checked time.Time
	changed time.Time
}

// tokenAge is how long a token is used before its file is looked at again.
const tokenAge = time.Second

func newToken(text, file string) (*token, error) {
	t := &token{file: file, text: text}
	if file == "" {
		return t, nil
	}
	if err := t.read(); err != nil {
		return nil, err
	}
	if t.text == "" {
		return nil, fmt.Errorf("read the receiver's token: %w", errors.New(file+" is empty"))
	}
	return t, nil
}

// value is the token to send now. A file that cannot be read for a moment, as while it is replaced, leaves the last one in force.
func (t *token) value() string {
	if t.file == "" {
		return t.text
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.checked) > tokenAge {
		_ = t.read()
	}
	return t.text
}

func (t *token) read() error {
	t.checked = time.Now()
	info, err := os.Stat(t.file)
	if err == nil && info.ModTime().Equal(t.changed) {
		return nil
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(t.file)
	}
	if err != nil {
		return fmt.Errorf("read the receiver's token: %w", err)
	}
	trimmed := strings.TrimSpace(string(text))
	if strings.ContainsFunc(trimmed, unicode.IsControl) {
		return fmt.Errorf("read the receiver's token: %s holds a control character, such as a line break, and no request may", t.file)
	}
	if trimmed != "" {
		t.text, t.changed = trimmed, info.ModTime()
	}
	return nil
}
