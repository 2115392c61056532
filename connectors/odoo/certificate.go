package odoo

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"time"

	"crema/connectors/remote"
)

// A CertificateError is a server that did not prove that it is Odoo: nothing was sent to it. It wraps
// [ErrUnverified] and the cause, a *remote.FingerprintError where a certificate is pinned.
type CertificateError struct {
	Name   string             // of the URL
	Has    remote.Fingerprint // of the certificate that the server shows
	Pinned bool               // a fingerprint is wanted, whoever vouches for the certificate
	Err    error
}

// Error says what is wrong with the certificate.
func (e *CertificateError) Error() string { return fmt.Sprintf("%v: %v", ErrUnverified, e.Err) }

// Unwrap gives [ErrUnverified] and the cause.
func (e *CertificateError) Unwrap() []error { return []error{ErrUnverified, e.Err} }

// tlsConfig verifies as crypto/tls would, but for a pinned certificate, of which nothing else matters, and for
// the clock of a board that doesn't know the time: it is taken to be at least the beginning of every certificate
// shown, so that only what has ended is refused.
func tlsConfig(c Config, base *url.URL, now func() time.Time) *tls.Config {
	verify := func(s tls.ConnectionState) error {
		at := now()
		inter := x509.NewCertPool()
		for i, cert := range s.PeerCertificates {
			if i > 0 {
				inter.AddCert(cert)
			}
			if c.Trusted != nil && !c.Trusted() && cert.NotBefore.After(at) {
				at = cert.NotBefore
			}
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{
			DNSName: base.Hostname(), Roots: c.RootCAs, Intermediates: inter, CurrentTime: at,
		})
		return err
	}
	pinned := !c.Fingerprint.IsZero()
	if pinned {
		verify = c.Fingerprint.VerifyTLS
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         base.Hostname(),
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies, with a clock of its own
		VerifyConnection: func(s tls.ConnectionState) error {
			if err := verify(s); err != nil {
				return &CertificateError{Name: base.Hostname(), Has: remote.OfCertificate(s.PeerCertificates[0]), Pinned: pinned, Err: err}
			}
			return nil
		},
	}
}
