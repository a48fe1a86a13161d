package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.uber.org/zap"
)

// fileValue is a value read from files that may be replaced while they are in use, such as secrets and certificates.
// While a file cannot be read, or its content is not valid (one of a pair is replaced before the other), the last good
// value stays in use.
type fileValue[T any] struct {
	files []string
	read  func() (T, error)
	log   *zap.Logger

	mu      sync.Mutex
	last    T
	checked time.Time
	logged  string
}

// rereadAfter is how long a value is used before its files are read again.
const rereadAfter = time.Second

// newFileValue reads a value. Names of files may be empty; if all are, the value is not read again.
func newFileValue[T any](log *zap.Logger, read func() (T, error), files ...string) (*fileValue[T], error) {
	first, err := read()
	files = slices.DeleteFunc(files, func(file string) bool { return file == "" })
	return &fileValue[T]{files: files, read: read, log: log, checked: time.Now(), last: first}, err
}

// value returns the value of the files, at most rereadAfter old.
func (r *fileValue[T]) value() T {
	if len(r.files) == 0 {
		return r.last
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checked) <= rereadAfter {
		return r.last
	}
	r.checked = time.Now()
	value, err := r.read()
	if err == nil {
		r.last, r.logged = value, ""
	} else if r.log != nil && err.Error() != r.logged {
		r.log.Warn("cannot read a changed file, using its earlier content", zap.Strings("files", r.files), zap.Error(err))
		r.logged = err.Error()
	}
	return r.last
}

func readToken(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" {
		return "", errors.New(file + " is empty")
	}
	if strings.ContainsFunc(trimmed, unicode.IsControl) {
		return "", errors.New(file + " contains a control character, such as a line break, which is not allowed in a request")
	}
	return trimmed, nil
}

// tlsConfig returns a function that returns the TLS configuration for a new connection, with the certificates that the
// files contain at that time.
func tlsConfig(o Options) (func() *tls.Config, error) {
	config, err := newFileValue(o.Log, o.readTLS, o.CAFile, o.CertFile, o.KeyFile)
	return config.value, err
}

func (o Options) readTLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		config.RootCAs = x509.NewCertPool()
		if err == nil && !config.RootCAs.AppendCertsFromPEM(pem) {
			err = errors.New(o.CAFile + " contains no PEM certificate")
		}
		if err != nil {
			return nil, fmt.Errorf("read the CA certificates to trust for the receiver: %w", err)
		}
	}
	if o.CertFile+o.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the client certificate: %w", err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return config, nil
}
