package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"reli/schemas"
)

// certificateEvery is how often a handshake looks whether the files changed.
const certificateEvery = time.Second

// certificate is a certificate and key in files that may change while the
// server runs. A change that cannot be read leaves the one before in force.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   string // of the files that current was read from
	looked  time.Time
}

// openCertificate reads the files; nil without any.
func openCertificate(certFile, keyFile string, now func() time.Time) (*certificate, error) {
	if certFile == "" && keyFile == "" {
		return nil, nil
	}
	if certFile == "" || keyFile == "" {
		return nil, schemas.BadParameter("tls-cert", "a certificate and a key belong together")
	}
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("tls-cert: %w", err)
	}
	return c, nil
}

// config gives the TLS configuration of a server with this certificate. It names
// the protocols, because the server also answers on a socket without TLS: were
// that one first, net/http would offer HTTP/2 here and not speak it.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= certificateEvery {
		c.looked = now
		if c.stampNow() != c.stamp {
			_ = c.read() // half-written files are read again at the next look
		}
	}
	return c.current, nil
}

func (c *certificate) read() error {
	stamp := c.stampNow()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.current, c.stamp = &pair, stamp
	return nil
}

// stampNow tells states of the files apart.
func (c *certificate) stampNow() string {
	stamp := ""
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return ""
		}
		stamp += fmt.Sprintf("%d %d;", info.Size(), info.ModTime().UnixNano())
	}
	return stamp
}
