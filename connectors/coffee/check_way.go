package coffee

import (
	"crypto/x509"
	"errors"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo"
)

// The findings about the way to Odoo, after which nothing more can be asked either.
const (
	codeTLS   = "odoo_tls"
	codeProxy = "odoo_proxy"
)

// wayFinding says in words what is wrong on the way to Odoo: with its certificate, or at a proxy; false for
// another error.
func wayFinding(err error) (connectors.Finding, bool) {
	if e, ok := errors.AsType[*odoo.CertificateError](err); ok {
		return connectors.Finding{Code: codeTLS, Text: certificateText(e), Fix: certificateFix(e)}, true
	}
	if e, ok := errors.AsType[*odoo.ProxyError](err); ok {
		fix := "Look whether the proxy runs, lets this board through to Odoo, and stands rightly in `proxy`, or in HTTPS_PROXY of the environment."
		if e.Status == 407 {
			fix = "Write user and password of the proxy before its host in `proxy`, or in HTTPS_PROXY of the environment."
		}
		return connectors.Finding{Code: codeProxy, Text: fmt.Sprintf("The way to Odoo goes through a proxy that did not let it pass: %s.", odoo.Plain(err)), Fix: fix}, true
	}
	if e, ok := errors.AsType[*odoo.Error](err); ok && e.Status == 407 {
		return connectors.Finding{Code: codeProxy, Text: "The proxy on the way to Odoo wants another user and password.",
			Fix: "Write them before the proxy's host in `proxy`, or in HTTP_PROXY of the environment."}, true
	}
	return connectors.Finding{}, false
}

func certificateText(e *odoo.CertificateError) string {
	if e.Pinned {
		return fmt.Sprintf("%s is another server than expected: %v. It was told nothing.", e.Name, e.Err)
	}
	return fmt.Sprintf("Nobody whom the board trusts vouches for %s: %v. It was told nothing. The fingerprint of its certificate is %s.", e.Name, e.Err, e.Has)
}

func certificateFix(e *odoo.CertificateError) string {
	if e.Pinned {
		return "Compare the fingerprint with what Odoo's own people say. If it is right, enter it as `fingerprint` under [odoo]; else somebody stands in between."
	}
	if _, ok := errors.AsType[x509.HostnameError](e.Err); ok {
		return "Correct `url`: the certificate is for another name. Where the name leads elsewhere, leave it in `url` and set `host` to the address."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](e.Err); ok && invalid.Reason == x509.Expired {
		return "Have the server's certificate renewed, and look whether the board's clock is right."
	}
	return "If its authority is your own, name the file of its certificate in `ca_file` under [odoo]. Or compare the fingerprint with what Odoo's own people say, and enter it as `fingerprint`."
}
