package odoo_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/connectors/remote"
)

// A place is a stand-in behind TLS, and what reached it.
type place struct {
	*httptest.Server
	mu    sync.Mutex
	hosts []string // the Host header of each request
	names []string // the name that each handshake asked for
}

func (p *place) seen() (hosts, names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hosts), slices.Clone(p.names)
}

// open serves a stand-in, by TLS if secure, at address.
func open(t *testing.T, address string, secure bool) *place {
	t.Helper()
	s, p := standin.New(standin.Options{Key: secret}), &place{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.hosts = append(p.hosts, r.Host)
		if r.TLS != nil {
			p.names = append(p.names, r.TLS.ServerName)
		}
		p.mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("no network of this kind: %v", err)
	}
	p.Listener.Close()
	p.Listener = l
	p.Config.ErrorLog = quiet
	if secure {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

func (p *place) trusted(c *odoo.Config) {
	if p.TLS == nil {
		return
	}
	c.RootCAs = p.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
}

// A pinned certificate is all that counts: not its name, its time or who vouches for it. Another one is told
// nothing, whoever vouches for it.
func TestAPinnedCertificate(t *testing.T) {
	p := open(t, "127.0.0.1:0", true)
	right, wrong := remote.OfCertificate(p.Certificate()), pin(t, strings.Repeat("AB", 32))
	at := p.Listener.Addr().String()
	for name, change := range map[string]func(*odoo.Config){
		"nobody vouches for it": func(*odoo.Config) {},
		"it has ended":          func(c *odoo.Config) { c.Now = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) } },
		"it has not begun":      func(c *odoo.Config) { c.Now = func() time.Time { return time.Unix(-1e6, 0) } },
		"it has another name":   func(c *odoo.Config) { c.URL, c.Host = "https://odoo.example.net", at },
	} {
		c := client19(t, p.URL, func(c *odoo.Config) { c.Fingerprint = right; change(c) })
		if _, err := c.Whoami(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	before, _ := p.seen()
	c := client19(t, p.URL, p.trusted, func(c *odoo.Config) { c.Fingerprint = wrong })
	_, err := c.Whoami(t.Context())
	unverified, ok := errors.AsType[*odoo.CertificateError](err)
	other, is := errors.AsType[*remote.FingerprintError](err)
	if !ok || !is || !unverified.Pinned || unverified.Has != right || other.Want != wrong || !errors.Is(err, odoo.ErrUnverified) {
		t.Fatalf("a server with another certificate: %v", err)
	}
	if odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNotSent) || !strings.Contains(err.Error(), right.String()) {
		t.Errorf("%v: %v", odoo.ClassOf(err), err)
	}
	// Nothing pinned, and nobody vouches: the error has what a technician can compare and enter.
	_, err = client19(t, p.URL).Whoami(t.Context())
	if unverified, ok := errors.AsType[*odoo.CertificateError](err); !ok || unverified.Pinned || unverified.Has != right || unverified.Name != "127.0.0.1" {
		t.Errorf("an unknown authority: %v", err)
	}
	if after, _ := p.seen(); len(after) != len(before) {
		t.Errorf("a server that did not prove who it is was sent %d requests", len(after)-len(before))
	}
}

func pin(t *testing.T, text string) remote.Fingerprint {
	t.Helper()
	f, err := remote.ParseTLSFingerprint(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The URL's name leads to another server: host goes past it, at each connection, and the server is asked by the
// name all the same.
func TestHostGoesPastTheName(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(at, func(t *testing.T) {
			master, pool := open(t, at, true), open(t, "127.0.0.1:0", true)
			address := master.Listener.Addr().String()
			_, port, err := net.SplitHostPort(pool.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			name := "example.com:" + port // in the test's certificate
			c := client19(t, "https://"+name, pool.trusted, func(c *odoo.Config) { c.Host = address })
			for range 3 {
				if _, err := c.Whoami(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			hosts, names := master.seen()
			if want := []string{name, name, name}; !slices.Equal(hosts, want) || !slices.Equal(names, []string{"example.com", "example.com", "example.com"}) {
				t.Errorf("asked for %v, as %v", hosts, names)
			}
			if hosts, _ := pool.seen(); len(hosts) > 0 {
				t.Errorf("the other server was asked %d times", len(hosts))
			}
		})
	}
}

// Without a port in host that of the URL holds, or its scheme's.
func TestWhereHostLeads(t *testing.T) {
	for _, tt := range []struct{ url, host, want string }{
		{"https://odoo.example.com", "", "odoo.example.com:443"}, {"http://odoo.example.com", "10.0.0.5", "10.0.0.5:80"},
		{"https://odoo.example.com:8443", "10.0.0.5", "10.0.0.5:8443"}, {"https://odoo.example.com:8443", "10.0.0.5:9", "10.0.0.5:9"},
		{"https://odoo.example.com", "master.lan", "master.lan:443"}, {"https://odoo.example.com", "master.lan:8443", "master.lan:8443"},
		{"https://odoo.example.com", "::1", "[::1]:443"}, {"https://odoo.example.com", "[::1]", "[::1]:443"}, {"https://odoo.example.com", "[::1]:9", "[::1]:9"},
	} {
		var led string
		c := client(t, tt.url, func(c *odoo.Config) {
			c.Host = tt.host
			c.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
				led = address
				return nil, errors.New("far enough")
			}
		})
		if _, err := c.Probe(t.Context()); !errors.Is(err, odoo.ErrNotSent) || led != tt.want {
			t.Errorf("%s by %q leads to %s, want %s (%v)", tt.url, tt.host, led, tt.want, err)
		}
	}
}

// A server that goes away and comes back is found again at its address; without a port in host the URL's holds.
func TestHostComesBack(t *testing.T) {
	host, err := standin.Start("127.0.0.1:0", standin.New(standin.Options{Key: secret}))
	if err != nil {
		t.Fatal(err)
	}
	defer host.Off()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(host.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	c := client19(t, "http://odoo.invalid:"+port, func(c *odoo.Config) { c.Host = "127.0.0.1" })
	for round := range 3 {
		if _, err := c.Whoami(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := host.Off(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Whoami(t.Context()); !errors.Is(err, odoo.ErrNotSent) {
			t.Fatalf("round %d, away: %v", round, err)
		}
		if err := host.On(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := odoo.New(odoo.Config{URL: "http://odoo.invalid", Host: "10.0.0.5", Proxy: "10.0.0.1:3128", Key: func() (string, error) { return secret, nil }}); err == nil || !strings.Contains(err.Error(), "exclude") {
		t.Errorf("host and proxy: %v", err)
	}
}

func TestProxyAddress(t *testing.T) {
	for text, want := range map[odoo.Proxy]string{
		"": "", "none": "none", "NONE": "NONE", "10.0.0.1:3128": "http://10.0.0.1:3128", "http://proxy.lan:3128/": "http://proxy.lan:3128",
		"http://jo:pa55word@proxy.lan:3128": "http://proxy.lan:3128", "socks5://jo:pa55word@[::1]:1080": "socks5://[::1]:1080",
	} {
		for _, printed := range []string{fmt.Sprint(text), fmt.Sprintf("%#v", text), fmt.Sprintf("%+v", odoo.Config{Proxy: text})} {
			if !strings.Contains(printed, want) || strings.Contains(printed, "pa55word") || strings.Contains(printed, "jo:") {
				t.Errorf("%q is printed as %s", string(text), printed)
			}
		}
		if err := text.Check(); err != nil {
			t.Errorf("%q: %v", string(text), err)
		}
	}
	for _, bad := range []odoo.Proxy{"http://", "https://jo:pa55word@proxy.lan", "ftp://jo:pa55word@proxy.lan", "http://jo:pa55word@proxy.lan/x", "http://jo:pa55word@proxy .lan", "http://jo:pa55word@proxy.lan:3128?x", "http://jo:pa55%zz@proxy.lan"} {
		err := bad.Check()
		_, at := odoo.New(odoo.Config{URL: "http://odoo.invalid", Proxy: bad, Key: func() (string, error) { return secret, nil }})
		if err == nil || at == nil || strings.Contains(err.Error()+at.Error()+bad.String(), "pa55") {
			t.Errorf("%q: %v, %v, printed %v", string(bad), err, at, bad)
		}
	}
}
