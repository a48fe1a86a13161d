package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// served is how a server of the bench is reached.
type served struct {
	Protocol protocol
	Keys     string // a folder with certificate and key
}

const (
	certificateFile = "certificate.pem"
	keyFile         = "key.pem"
)

// serve serves until the server is closed; a client that meets no server says so.
func (s *served) serve(server *http.Server) (address string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", loopback)
	if err != nil {
		return "", err
	}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(s.Protocol != tls2)
	server.Protocols.SetHTTP2(s.Protocol == tls2)
	if s.Protocol == plain {
		go func() { _ = server.Serve(listener) }()
	} else {
		go func() {
			_ = server.ServeTLS(listener, filepath.Join(s.Keys, certificateFile), filepath.Join(s.Keys, keyFile))
		}()
	}
	return listener.Addr().String(), nil
}

// newKeys makes a folder with a key and a certificate of this machine's own address, which vouches for itself.
func newKeys() (folder string, err error) {
	host, _, err := net.SplitHostPort(loopback)
	if err != nil {
		return "", err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.ParseIP(host)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	if folder, err = os.MkdirTemp("", "bench"); err != nil {
		return "", fmt.Errorf("make folder for the certificate: %w", err)
	}
	return folder, errors.Join(
		writePEM(filepath.Join(folder, certificateFile), "CERTIFICATE", certificate),
		writePEM(filepath.Join(folder, keyFile), "PRIVATE KEY", secret),
	)
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// withTLS has a transport use the newest protocol that the server speaks.
func withTLS(t *http.Transport) *http.Transport {
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	t.ForceAttemptHTTP2 = true
	return t
}
