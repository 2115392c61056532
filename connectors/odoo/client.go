package odoo

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"crema/connectors/remote"
)

// DefaultTimeout bounds a call: a batch of POS sales can take a minute when Odoo is busy.
const DefaultTimeout = 90 * time.Second

// A Config says where Odoo is and how to get in.
type Config struct {
	URL      string                 // "https://odoo.example.com", with a path if Odoo has one
	Host     string                 // connect to this address, with or without a port, instead of the URL's name; TLS and Host header keep the name
	Database string                 // needed for Odoo 18, and where one address serves several databases
	User     string                 // login, needed for Odoo 18; JSON-2 finds the user by the key
	Key      func() (string, error) // the API key, asked for at each call so that it can be replaced
	Timeout  time.Duration          // of a call from its connection to its last byte; 0: DefaultTimeout
	Logger   *slog.Logger           // nil: no logs. Gets one line a call at debug level, without arguments or key
	OnDate   func(time.Time)        // gets Odoo's clock from answers over verified TLS; nil: nobody asks
	Now      func() time.Time       // this board's clock; nil: time.Now
	// Trusted tells whether Now can be believed; nil: always. While it can't, a certificate is not refused for
	// a beginning in the future, since a board without a clock believes itself to be in the past.
	Trusted func() bool
	RootCAs *x509.CertPool // nil: the system's
	// Fingerprint is that of the server's certificate, or of its public key, that alone is accepted, whatever its
	// name, time and authority; zero: whoever the roots vouch for.
	Fingerprint remote.Fingerprint
	Proxy       Proxy // of no effect beside Dial; excludes Host, which connects past a proxy, unless it is empty or [NoProxy]
	// Dial makes the connections, without a proxy; nil: TCP, by the proxy where there is one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Client calls one Odoo as one user, one call at a time. It is safe for concurrent use.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
	rpc    *jsonRPC      // the dialect that has a state
	turn   chan struct{} // holds one token while a call is under way
	log    *slog.Logger
	now    func() time.Time
	health health
}

// New checks the configuration and makes a client; it doesn't connect.
func New(c Config) (*Client, error) {
	base, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	if c.Key == nil {
		return nil, errors.New("odoo: a client needs a key")
	}
	if strings.ContainsAny(c.Database, "\r\n") {
		return nil, fmt.Errorf("odoo: database %q: a name of one line is needed", c.Database)
	}
	cl := &Client{config: c, base: base, turn: make(chan struct{}, 1), log: c.Logger, now: c.Now}
	cl.rpc = &jsonRPC{client: cl, models: make(map[string]bool)}
	cl.health.status.State = StateUnknown
	if cl.log == nil {
		cl.log = slog.New(slog.DiscardHandler)
	}
	if cl.now == nil {
		cl.now = time.Now
	}
	if cl.config.Timeout <= 0 {
		cl.config.Timeout = DefaultTimeout
	}
	transport, err := newTransport(cl.config, base, cl.now)
	if err != nil {
		return nil, err
	}
	cl.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return cl, nil
}

// WithKey is a client of the same Odoo with another key. The two take turns; what becomes of its calls is in its own
// [Client.Status] alone.
func (c *Client) WithKey(key string) *Client {
	other := &Client{config: c.config, base: c.base, http: c.http, turn: c.turn, log: c.log, now: c.now}
	other.config.Key = func() (string, error) { return key, nil }
	other.rpc = &jsonRPC{client: other, models: make(map[string]bool)}
	other.health.status.State = StateUnknown
	if v, ok := c.health.known(c.now()); ok {
		other.health.version(v, c.now())
	}
	return other
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("odoo: url %q is not an address: write it like https://odoo.example.com", text)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, fmt.Errorf("odoo: url %q: write it like https://odoo.example.com", text)
	case u.User != nil:
		return nil, errors.New("odoo: url: leave user and password out, the API key has its own place")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("odoo: url %q: leave out what follows ? or #", text)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}
