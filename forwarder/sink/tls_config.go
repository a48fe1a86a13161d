package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// tlsConfig returns a function that returns the TLS configuration for a new connection, with the certificates that the
// files contain at that time.
func tlsConfig(o Options) (func() *tls.Config, error) {
	roots, err := newFileValue(o.Log, func(contents [][]byte) (*x509.CertPool, error) {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(contents[0]) {
			return nil, errors.New("the file contains no PEM certificate")
		}
		return roots, nil
	}, o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificates to trust for the receiver: %w", err)
	}
	pair, err := newFileValue(o.Log, func(contents [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(contents[0], contents[1])
		return &pair, err
	}, o.CertFile, o.KeyFile)
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
