package odoo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// A Proxy says by which proxy calls leave for Odoo: "" is the one of the environment (HTTPS_PROXY, HTTP_PROXY,
// NO_PROXY), if there is one; "none" is none, in whichever case; else it is an address such as "http://user:password@10.0.0.1:3128",
// with http (the default), socks5 or socks5h. Printed, it has no user and no password.
type Proxy string

// NoProxy is the [Proxy] that is none, whatever the environment says.
const NoProxy Proxy = "none"

// String gives the proxy without user and password.
func (p Proxy) String() string {
	if !p.explicit() {
		return string(p)
	}
	if u, err := p.parse(); err == nil {
		return u.Scheme + "://" + u.Host
	}
	return "…"
}

// GoString is String, so that %#v shows no more.
func (p Proxy) GoString() string { return p.String() }

func (p Proxy) explicit() bool { return p != "" && !p.isNone() }

func (p Proxy) isNone() bool { return strings.EqualFold(string(p), string(NoProxy)) }

// Check says what is wrong with the address, without user and password.
func (p Proxy) Check() error {
	if !p.explicit() {
		return nil
	}
	_, err := p.parse()
	return err
}

func (p Proxy) parse() (*url.URL, error) {
	text := string(p)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" { // the error would repeat it
		return nil, errors.New(`it is no address of a proxy: write it like "http://10.0.0.1:3128"`)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("it goes on behind the host: write only %s://%s", u.Scheme, u.Host)
	}
	return u, speaks(u)
}

// speaks says whether the client speaks what a proxy wants to hear. TLS to the proxy itself would be checked
// against Odoo's name.
func speaks(proxy *url.URL) error {
	switch proxy.Scheme {
	case "http", "socks5", "socks5h":
		return nil
	case "https":
		return errors.New("a proxy is reached by http: write http:// before its name; what goes through it to an https address is encrypted all the same")
	default:
		return fmt.Errorf("%q is no protocol of a proxy: write http:// or socks5:// before its name", proxy.Scheme)
	}
}

// through gives what http.Transport asks for the proxy of each request; nil: there is none.
func (p Proxy) through() (func(*http.Request) (*url.URL, error), error) {
	switch {
	case p.isNone():
		return nil, nil
	case p == "":
		return fromEnvironment, nil
	}
	u, err := p.parse()
	if err != nil {
		return nil, fmt.Errorf("odoo: proxy: %w", err)
	}
	return http.ProxyURL(u), nil
}

func fromEnvironment(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil { // it repeats the address, with a password perhaps
		return nil, &ProxyError{Err: errors.New("HTTPS_PROXY or HTTP_PROXY of the environment is no address of a proxy")}
	}
	if u == nil {
		return nil, nil
	}
	if err := speaks(u); err != nil {
		return nil, &ProxyError{Proxy: u.Host, Err: err}
	}
	return u, nil
}

// A ProxyError is a proxy that made no way to Odoo: nothing was sent.
type ProxyError struct {
	Proxy  string // host and port; empty: unknown
	Status int    // what it answered; 0: nothing
	Err    error  // why there is no answer; nil where there is one
}

// Error names the proxy and what it wants.
func (e *ProxyError) Error() string {
	at := strings.TrimSpace("the proxy " + e.Proxy)
	switch {
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", at, e.Err)
	case e.Status == http.StatusProxyAuthRequired:
		return at + " wants another user and password"
	default:
		return fmt.Sprintf("%s opens no way to Odoo: status %d %s", at, e.Status, http.StatusText(e.Status))
	}
}

// Unwrap gives why there is no answer.
func (e *ProxyError) Unwrap() error { return e.Err }

// class is Denied for what a person must mend, at the proxy or in the configuration.
func (e *ProxyError) class() Class {
	if e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests {
		return Denied
	}
	return Transient
}

// opened judges a proxy's answer to CONNECT.
func opened(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: answer.StatusCode}
}

// fromProxy finds what a proxy has to do with an error of a call that was not sent.
func fromProxy(err error) (*ProxyError, bool) {
	if e, ok := errors.AsType[*ProxyError](err); ok {
		return e, true
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && (e.Op == "proxyconnect" || strings.HasPrefix(e.Op, "socks")) {
		return &ProxyError{Err: e.Err}, true
	}
	return nil, false
}
