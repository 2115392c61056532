package remote

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"

	"crema/connectors"
)

// Finding says in words why a backend's system can't be reached, and what to do; false for
// an error that is none of those of this package. For Connector.Test.
func Finding(b connectors.Backend, err error) (connectors.Finding, bool) {
	at := fmt.Sprintf("%s (%s)", place(b), b.Name)
	found := func(code, fix, format string, args ...any) (connectors.Finding, bool) {
		return connectors.Finding{Code: code, Text: fmt.Sprintf(format, args...), Fix: fix}, true
	}
	if e, ok := errors.AsType[*FingerprintError](err); ok {
		return found("wrong_fingerprint", "Compare the fingerprint with what the system's own people say. If it is right, enter it; else somebody stands in between.",
			"%s is another system than expected: %v.", at, e)
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(e.UnverifiedCertificates) > 0 {
		return found("unverified_certificate", "Have it show a certificate for this name that the operating system trusts, and look whether the board's clock is right. Or compare the fingerprint with what the system's own people say, and enter it.",
			"Nobody whom the board trusts vouches for %s: %v. The fingerprint of its certificate is %s.", at, e.Err, OfCertificate(e.UnverifiedCertificates[0]))
	}
	if e, ok := errors.AsType[*LoginError](err); ok {
		return found("login_refused", "Correct the user, the password or the private key, or have the system let this user in.", "%s: %v.", at, e)
	}
	if e, ok := errors.AsType[*connectors.SettingError](err); ok {
		return found("setting", "Correct the setting.", "%s: %v.", b.Name, e)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && !e.Timeout() {
		return found("unknown_host", "Correct the host, or the network's name server.", "Nobody knows the name %s: %v.", at, e)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return found("connection_refused", "Correct host and port, or start the service there.", "Nothing listens at %s: %v.", at, err)
	}
	if e, ok := errors.AsType[*connectors.NetworkError](err); ok {
		return found("no_answer", "Look whether it runs and is reachable from here, or allow a longer timeout.", "%s does not answer: %v.", at, e.Err)
	}
	if e, ok := errors.AsType[*connectors.RefusedError](err); ok {
		return found("refused", "Look what the system supports.", "%s: %v.", at, e)
	}
	return connectors.Finding{}, false
}

// place is where a backend's system is: its host, or that of its URL, without what may
// hold a token.
func place(b connectors.Backend) string {
	if u, err := url.Parse(b.Text("url")); err == nil && u.Host != "" {
		return u.Host
	}
	return b.Text(host)
}
