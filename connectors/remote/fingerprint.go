package remote

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"crema/connectors"
)

// Fingerprint is the SHA-256 of what a system proves itself with. It can be compared with
// ==; the zero value is none.
type Fingerprint struct {
	of  proof
	sum [sha256.Size]byte
}

// proof is what a fingerprint is one of.
type proof byte

const (
	certificate proof = iota + 1 // of TLS, the whole of it
	publicKey                    // of a certificate
	hostKey                      // of SSH
)

// How fingerprints are written.
const (
	hostKeyPrefix   = "SHA256:"
	publicKeyPrefix = "sha256//"
)

var (
	hostKeyText   = base64.RawStdEncoding.Strict()
	publicKeyText = base64.StdEncoding.Strict()
)

// ParseFingerprint reads a fingerprint strictly, as ssh-keygen, openssl or curl print it:
// "SHA256:" and base64 for a host key; 64 hexadecimal digits, alone or in pairs with
// colons, for a certificate; "sha256//" and base64 for its public key. The error is a
// *connectors.SettingError.
func ParseFingerprint(text string) (Fingerprint, error) {
	var f Fingerprint
	var sum []byte
	var err error
	if body, ok := strings.CutPrefix(text, hostKeyPrefix); ok {
		f.of = hostKey
		sum, err = hostKeyText.DecodeString(body)
	} else if body, ok := strings.CutPrefix(text, publicKeyPrefix); ok {
		f.of = publicKey
		sum, err = publicKeyText.DecodeString(body)
	} else {
		f.of = certificate
		sum, err = hex.DecodeString(withoutColons(text))
	}
	if err != nil || len(sum) != len(f.sum) || strings.ContainsAny(text, "\r\n") { // which base64 passes over
		return Fingerprint{}, &connectors.SettingError{Wrong: fmt.Sprintf("%q is no fingerprint of SHA-256", text),
			Fix: `write that of an SSH host key as ssh-keygen -l prints it ("SHA256:…"), that of a TLS certificate as 64 hexadecimal digits, or that of its public key as "sha256//…"`}
	}
	copy(f.sum[:], sum)
	return f, nil
}

// withoutColons takes the colons from between pairs; text that has any elsewhere stays.
func withoutColons(text string) string {
	pairs := strings.Split(text, ":")
	for _, p := range pairs {
		if len(pairs) > 1 && len(p) != 2 {
			return text
		}
	}
	return strings.Join(pairs, "")
}

// IsZero tells whether there is none.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// String is the one form in which a fingerprint is written, whichever way it was read; ""
// for none.
func (f Fingerprint) String() string {
	switch f.of {
	case hostKey:
		return hostKeyPrefix + hostKeyText.EncodeToString(f.sum[:])
	case publicKey:
		return publicKeyPrefix + publicKeyText.EncodeToString(f.sum[:])
	case certificate:
		pairs := make([]string, len(f.sum))
		for i, b := range f.sum {
			pairs[i] = fmt.Sprintf("%02X", b)
		}
		return strings.Join(pairs, ":")
	}
	return ""
}

// ParseTLSFingerprint is [ParseFingerprint] for a system that is reached by TLS: that of an
// SSH host key is refused.
func ParseTLSFingerprint(text string) (Fingerprint, error) {
	f, err := ParseFingerprint(text)
	if bad, ok := errors.AsType[*connectors.SettingError](err); ok {
		bad.Fix = `write that of the certificate as 64 hexadecimal digits, as openssl x509 -fingerprint -sha256 prints it, or that of its public key as "sha256//…"`
	}
	if err == nil && f.of == hostKey {
		return Fingerprint{}, &connectors.SettingError{Wrong: "it is that of an SSH host key, and the system is reached by TLS",
			Fix: "enter the SHA-256 of its certificate, as openssl x509 -fingerprint -sha256 prints it"}
	}
	return f, err
}

// OfCertificate is the fingerprint by which a certificate as a whole is known.
func OfCertificate(c *x509.Certificate) Fingerprint {
	return Fingerprint{certificate, sha256.Sum256(c.Raw)}
}

func ofHostKey(key ssh.PublicKey) Fingerprint {
	return Fingerprint{hostKey, sha256.Sum256(key.Marshal())}
}

func ofPublicKey(c *x509.Certificate) Fingerprint {
	return Fingerprint{publicKey, sha256.Sum256(c.RawSubjectPublicKeyInfo)}
}

// FingerprintError is a system that is not the one that was expected. Nothing was sent to it
// that it must not know.
type FingerprintError struct {
	// Want is the one that is entered, Has those of the system that answered.
	Want Fingerprint
	Has  []Fingerprint
}

func (e *FingerprintError) Error() string {
	has := make([]string, len(e.Has))
	for i, f := range e.Has {
		has[i] = f.String()
	}
	return fmt.Sprintf("the system's fingerprint is %s, not %s: compare it with what the system's own people say; if it is right, enter it, else somebody stands in between",
		strings.Join(has, " or "), e.Want)
}
