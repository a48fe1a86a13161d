package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// tlsConfig returns a function that returns the TLS configuration for a new connection, with the certificates that the
// files contain at that time.
func tlsConfig(o Options) (func() *tls.Config, error) {
	roots, err := newFileValue(o.Log, o.readRoots, o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificates to trust for the receiver: %w", err)
	}
	pair, err := newFileValue(o.Log, o.readPair, o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the client certificate: %w", err)
	}
	return func() *tls.Config {
		config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots.value()}
		if mine := pair.value(); mine != nil {
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return mine, nil }
		}
		return config
	}, nil
}

func (o Options) readRoots() (*x509.CertPool, error) {
	if o.CAFile == "" {
		return nil, nil //nolint:nilnil // the system's
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New(o.CAFile + " contains no PEM certificate")
	}
	return roots, nil
}

func (o Options) readPair() (*tls.Certificate, error) {
	if o.CertFile+o.KeyFile == "" {
		return nil, nil //nolint:nilnil // none is sent
	}
	pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	return &pair, err
}
