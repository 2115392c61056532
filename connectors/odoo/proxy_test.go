package odoo_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors/odoo"
)

var quiet = slog.NewLogLogger(slog.DiscardHandler, 0)

// A relay is a real proxy: it opens tunnels and hands on plain requests, to one place whatever name is asked for.
type relay struct {
	*httptest.Server
	user   atomic.Pointer[string]        // "name:password" that it wants; empty: none
	status atomic.Int32                  // what it answers instead; 0: it does its work
	hang   atomic.Pointer[chan struct{}] // it answers nothing until this is closed; nil: it answers
	asked  atomic.Int32
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	p := &relay{}
	forward := &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", to
	}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		want := ""
		if user := p.user.Load(); user != nil {
			want = "Basic " + base64.StdEncoding.EncodeToString([]byte(*user))
		}
		switch status := int(p.status.Load()); {
		case p.hang.Load() != nil:
			<-*p.hang.Load()
		case r.Header.Get("Proxy-Authorization") != want:
			w.Header().Set("Proxy-Authenticate", "Basic")
			http.Error(w, "who are you, "+r.Header.Get("Proxy-Authorization"), http.StatusProxyAuthRequired)
		case status != 0:
			http.Error(w, "<title>no way</title>", status)
		case r.Method != http.MethodConnect:
			forward.ServeHTTP(w, r)
		default:
			tunnel(w, to)
		}
	}))
	p.Config.ErrorLog = quiet
	t.Cleanup(p.Close)
	return p
}

func tunnel(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	here, read, err := w.(http.Hijacker).Hijack()
	if err != nil {
		there.Close()
		return
	}
	go func() {
		io.Copy(there, read) // which may hold what the client has sent already
		there.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(here, there)
	here.Close()
	there.Close()
}

func (p *relay) address(user string) odoo.Proxy {
	at := strings.TrimPrefix(p.URL, "http://")
	if user != "" {
		at = user + "@" + at
	}
	return odoo.Proxy("http://" + at)
}

// Through a real proxy, by TLS and without, and what a proxy says no with. Nothing that is said, logged or shown
// has its password.
func TestProxy(t *testing.T) {
	const user, password = "jo", "pa55word"
	for _, secure := range []bool{true, false} {
		there := open(t, "127.0.0.1:0", secure)
		url := "http://example.com"
		if secure {
			url = "https://example.com"
		}
		p := newRelay(t, there.Listener.Addr().String())
		both := user + ":" + password
		p.user.Store(&both)
		var logs bytes.Buffer
		call := func(proxy odoo.Proxy, timeout time.Duration) error {
			t.Helper()
			c := client19(t, url, there.trusted, func(c *odoo.Config) {
				c.Proxy, c.Timeout = proxy, timeout
				c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			_, err := c.Whoami(t.Context())
			said := logs.String()
			if err != nil {
				said += err.Error() + c.Status().Err.Error()
			}
			if strings.Contains(said, password) || strings.Contains(said, secret) || strings.Contains(said, base64.StdEncoding.EncodeToString([]byte(both))) {
				t.Errorf("it tells too much: %s", said)
			}
			return err
		}
		right := p.address(both)
		if err := call(right, 0); err != nil {
			t.Fatalf("secure %v: %v", secure, err)
		}
		if hosts, _ := there.seen(); len(hosts) != 1 || hosts[0] != "example.com" || p.asked.Load() != 1 {
			t.Errorf("secure %v: Odoo saw %v, the proxy %d requests", secure, hosts, p.asked.Load())
		}
		for _, wrong := range []odoo.Proxy{p.address(""), p.address("jo:" + password + "x")} {
			err := call(wrong, 0)
			refused, ok := errors.AsType[*odoo.ProxyError](err)
			if odoo.ClassOf(err) != odoo.Denied || ok != secure || secure && (refused.Status != 407 || !errors.Is(err, odoo.ErrNotSent)) {
				t.Errorf("secure %v, another password: %v: %v", secure, odoo.ClassOf(err), err)
			}
		}
		for status, class := range map[int32]odoo.Class{403: odoo.Denied, 404: odoo.Transient, 429: odoo.Transient, 502: odoo.Unknown, 503: odoo.Transient, 504: odoo.Unknown} {
			if secure && status >= 500 {
				class = odoo.Transient // the tunnel was not opened, so nothing was sent
			}
			if secure && status == 404 {
				class = odoo.Denied
			}
			p.status.Store(status)
			err := call(right, 0)
			if odoo.ClassOf(err) != class || errors.Is(err, odoo.ErrNotSent) != secure {
				t.Errorf("secure %v, status %d: %v: %v, want %v", secure, status, odoo.ClassOf(err), err, class)
			}
		}
		p.status.Store(0)
		hang := make(chan struct{})
		p.hang.Store(&hang)
		err := call(right, 50*time.Millisecond)
		if errors.Is(err, odoo.ErrNotSent) != secure || !strings.Contains(err.Error(), "timed out after 50ms") {
			t.Errorf("secure %v, a proxy that hangs: %v", secure, err)
		}
		close(hang)
		p.Close()
		err = call(right, 0)
		if _, ok := errors.AsType[*odoo.ProxyError](err); !ok || odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNotSent) {
			t.Errorf("secure %v, a proxy that is away: %v", secure, err)
		}
	}
}

// The environment's proxy holds where nothing else is written, but for the names of NO_PROXY. net/http reads the
// environment once, so each case has a process of its own.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("TEST_ODOO_URL") != "" {
		callByEnvironment(t)
		return
	}
	there := open(t, "127.0.0.1:0", false)
	p := newRelay(t, there.Listener.Addr().String())
	user := "jo:pa55word"
	p.user.Store(&user)
	at := string(p.address(user))
	for name, tt := range map[string]struct {
		env  []string
		want string // in what the process says
		past bool   // the proxy is not asked
	}{
		"HTTP_PROXY":           {[]string{"HTTP_PROXY=" + at}, "reached", false},
		"NO_PROXY":             {[]string{"HTTP_PROXY=" + at, "NO_PROXY=odoo.invalid"}, "not sent", true},
		"none":                 {[]string{"HTTP_PROXY=" + at, "TEST_ODOO_PROXY=none"}, "not sent", true},
		"the file goes before": {[]string{"HTTP_PROXY=http://127.0.0.1:1", "TEST_ODOO_PROXY=" + at}, "reached", false},
		"https":                {[]string{"HTTP_PROXY=https://jo:pa55word@127.0.0.1:1"}, "reached by http", true},
	} {
		before := p.asked.Load()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyOfTheEnvironment$", "-test.v")
		cmd.Env = append([]string{"TEST_ODOO_URL=http://odoo.invalid", "PATH=" + os.Getenv("PATH")}, tt.env...)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), tt.want) || strings.Contains(string(out), "pa55word") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if past := p.asked.Load() == before; past != tt.past {
			t.Errorf("%s: the proxy was passed by: %v", name, past)
		}
	}
}

func callByEnvironment(t *testing.T) {
	c := client19(t, os.Getenv("TEST_ODOO_URL"), func(c *odoo.Config) { c.Proxy = odoo.Proxy(os.Getenv("TEST_ODOO_PROXY")) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := c.Whoami(ctx); err != nil {
		t.Log(err)
		return
	}
	t.Log("reached")
}
