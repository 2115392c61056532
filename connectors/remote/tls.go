package remote

import (
	"crypto/tls"
	"errors"

	"crema/connectors"
)

// TLS is how a backend is reached by TLS: only the system with its fingerprint; without one,
// whoever the operating system's roots call by its name; anybody where the fingerprint is
// ignored. The server's name is the caller's, or its HTTP transport's, to set. The error is
// that of [CheckTLS]. A handshake with another system ends with a *FingerprintError.
func TLS(b connectors.Backend) (*tls.Config, error) {
	want, err := fingerprintOf(b)
	if err := errors.Join(err, CheckTLS(b)); err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case b.Bool(ignore):
		c.InsecureSkipVerify = true
	case !want.IsZero():
		c.InsecureSkipVerify = true // the fingerprint is looked at instead, at each handshake
		c.VerifyConnection = func(s tls.ConnectionState) error {
			leaf := s.PeerCertificates[0] // a server without one is refused before
			has := ofCertificate(leaf)
			if want.of == publicKey {
				has = ofPublicKey(leaf)
			}
			if has != want {
				return &FingerprintError{Want: want, Has: []Fingerprint{has}}
			}
			return nil
		}
	}
	return c, nil
}
