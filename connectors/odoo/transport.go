package odoo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	connectTimeout = 10 * time.Second
	handshakeLimit = 15 * time.Second // a Pi Zero under load takes seconds
)

// newTransport makes the way to Odoo: HTTP/1.1, one connection a call.
func newTransport(c Config, base *url.URL, now func() time.Time) (*http.Transport, error) {
	address, err := dialAddress(c.Host, base)
	if err != nil {
		return nil, err
	}
	proxy, err := c.Proxy.through()
	if err != nil {
		return nil, err
	}
	dial := (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext
	if c.Dial != nil {
		proxy, dial = nil, c.Dial
	}
	t := &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: opened,
		DialContext:            dial,
		TLSHandshakeTimeout:    handshakeLimit,
		TLSClientConfig:        tlsConfig(c, base, now),
		DisableKeepAlives:      true,
		DisableCompression:     true, // Odoo doesn't compress; a proxy that did would spoil the check for cut bodies
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if address != "" {
		if c.Proxy.explicit() {
			return nil, errors.New("odoo: host and proxy exclude each other: host connects past a proxy")
		}
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial(ctx, network, address)
		}
	}
	return t, nil
}

// dialAddress gives the address to connect to instead of the URL's, or "".
func dialAddress(host string, base *url.URL) (string, error) {
	if host == "" {
		return "", nil
	}
	port := base.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[base.Scheme]
	}
	if net.ParseIP(host) != nil { // an IPv6 address has colons and needs no brackets here
		return net.JoinHostPort(host, port), nil
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		if n, err := strconv.ParseUint(p, 10, 16); h == "" || err != nil || n == 0 {
			return "", fmt.Errorf("odoo: host %q: write it like 10.0.0.5 or 10.0.0.5:8443", host)
		}
		return host, nil
	}
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || u.Hostname() == "" {
		return "", fmt.Errorf("odoo: host %q: write it like 10.0.0.5 or 10.0.0.5:8443", host)
	}
	return net.JoinHostPort(u.Hostname(), port), nil // without the brackets that it may have
}
