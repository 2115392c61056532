package remote

import (
	"crypto/tls"

	"crema/connectors"
)

// TLS is how a backend is reached by TLS: only the system with its fingerprint; without one,
// whoever the operating system's roots call by its name; anybody where the fingerprint is
// ignored. The server's name is the caller's, or its HTTP transport's, to set. The error is
// that of [CheckTLS]. A handshake with another system ends with a *FingerprintError.
func TLS(b connectors.Backend) (*tls.Config, error) {
	want, err := parsed(b, ParseTLSFingerprint)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case b.Bool(ignore):
		c.InsecureSkipVerify = true
	case !want.IsZero():
		c.InsecureSkipVerify = true // the fingerprint is looked at instead, at each handshake
		c.VerifyConnection = want.VerifyTLS
	}
	return c, nil
}

// VerifyTLS says whether the server of a handshake has this fingerprint, that of a
// certificate or of its public key; else it is a *FingerprintError. For
// tls.Config.VerifyConnection.
func (f Fingerprint) VerifyTLS(s tls.ConnectionState) error {
	leaf := s.PeerCertificates[0] // a server without one is refused before
	has := OfCertificate(leaf)
	if f.of == publicKey {
		has = ofPublicKey(leaf)
	}
	if has != f {
		return &FingerprintError{Want: f, Has: []Fingerprint{has}}
	}
	return nil
}
