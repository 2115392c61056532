package odoo_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

// readRequest reads a request to the end of its body.
func readRequest(conn net.Conn) (*http.Request, []byte) {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil, nil
	}
	b, _ := io.ReadAll(r.Body)
	return r, b
}

func TestARequestLooksAsOdooNeedsIt(t *testing.T) {
	got := make(chan *http.Request, 1)
	bodies := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r
		bodies <- b
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		io.WriteString(w, "[1]")
	}))
	defer server.Close()
	c := client19(t, server.URL+"/erp/", func(c *odoo.Config) { c.Database = "prod" })
	var ids []int64
	big := strings.Repeat("x", 1<<20) // beyond every buffer, which is when net/http would chunk a reader of unknown length
	if err := c.Call(t.Context(), "res.users", "search", map[string]any{"domain": []any{}, "pad": big}, &ids); err != nil {
		t.Fatal(err)
	}
	r, b := <-got, <-bodies
	if r.ContentLength != int64(len(b)) || len(r.TransferEncoding) > 0 || len(b) < 1<<20 {
		t.Errorf("Content-Length %d, transfer encoding %v, body of %d bytes", r.ContentLength, r.TransferEncoding, len(b))
	}
	if r.Method != http.MethodPost || r.URL.Path != "/erp/json/2/res.users/search" {
		t.Errorf("%s %s", r.Method, r.URL.Path)
	}
	for k, want := range map[string]string{"Authorization": "bearer " + secret, "Content-Type": "application/json", "X-Odoo-Database": "prod", "Accept-Encoding": ""} {
		if r.Header.Get(k) != want {
			t.Errorf("%s: %q, want %q", k, r.Header.Get(k), want)
		}
	}
}

func TestArgumentsMustBeAnObject(t *testing.T) {
	c := client19(t, "http://127.0.0.1:1")
	for _, args := range []any{[]int{1}, "x", 5, json5{}} {
		if err := c.Call(t.Context(), "m", "f", args, nil); err == nil || !strings.Contains(err.Error(), "arguments") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

type json5 struct{}

func (json5) MarshalJSON() ([]byte, error) { return nil, errors.New("can't") }

// TestWhatIsKnownOfACallWithoutAnswer breaks the connection at every moment of a call.
func TestWhatIsKnownOfACallWithoutAnswer(t *testing.T) {
	closed := func() string { // the port is ours as long as the test runs, so that nobody else's server answers
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		at, err := unix.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("http://127.0.0.1:%d", at.(*unix.SockaddrInet4).Port)
	}
	serve := func(f func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				f(conn)
				conn.Close()
			}
		}()
		return "http://" + l.Addr().String()
	}
	ok := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for _, tt := range []struct {
		name  string
		url   string
		class odoo.Class
		cause error
	}{
		{"refused", closed(), odoo.Transient, odoo.ErrNotSent},
		{"no such name", "http://odoo.invalid", odoo.Transient, odoo.ErrNotSent},
		{"not TLS", strings.Replace(serve(func(c net.Conn) { io.WriteString(c, "HTTP/1.0 400 Bad Request\r\n\r\n") }), "http:", "https:", 1), odoo.Transient, odoo.ErrNotSent},
		{"closed without a byte", serve(func(c net.Conn) { readRequest(c) }), odoo.Unknown, odoo.ErrNoAnswer},
		{"reset", serve(func(c net.Conn) { readRequest(c); c.(*net.TCPConn).SetLinger(0) }), odoo.Unknown, odoo.ErrNoAnswer},
		{"no HTTP", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, "SSH-2.0-x\r\n") }), odoo.Unknown, odoo.ErrNoAnswer},
		{"half a header", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, "HTTP/1.1 200 OK\r\nConte") }), odoo.Unknown, odoo.ErrNoAnswer},
		{"half a body", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, ok+"Content-Length: 9\r\n\r\n[1,") }), odoo.Unknown, odoo.ErrCut},
		{"half a body without a length", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, ok+"\r\n[1,") }), odoo.Unknown, odoo.ErrCut},
		{"half a chunked body", serve(func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n")
		}), odoo.Unknown, odoo.ErrCut},
		{"two values", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, ok+"Content-Length: 4\r\n\r\n1 2 ") }), odoo.Unknown, odoo.ErrCut},
		{"half a refusal", serve(func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 422 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"name\"")
		}), odoo.Transient, odoo.ErrCut},
		{"half a crash", serve(func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 500 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"name\"")
		}), odoo.Unknown, odoo.ErrCut},
		{"another shape", serve(func(c net.Conn) { readRequest(c); io.WriteString(c, ok+"Content-Length: 8\r\n\r\n{\"a\": 1}") }), odoo.Unknown, odoo.ErrUnexpected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := client19(t, tt.url)
			var ids []int64
			err := c.Call(t.Context(), "pos.order", "sync_from_ui", nil, &ids)
			if odoo.ClassOf(err) != tt.class || !errors.Is(err, tt.cause) {
				t.Errorf("%v (%v), want %v and %v", err, odoo.ClassOf(err), tt.class, tt.cause)
			}
			if s := c.Status(); s.State != odoo.StateDown || s.Err == nil || s.FailingSince.IsZero() {
				t.Errorf("status %+v", s)
			}
			var e *odoo.Error
			if !errors.As(err, &e) || e.After <= 0 || e.Model != "pos.order" {
				t.Errorf("%#v", e)
			}
		})
	}
}

func TestARequestThatBrokeOffRanNothing(t *testing.T) {
	// The server resets the connection with most of the body unread, so that the client can't have sent it whole.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		io.ReadFull(conn, make([]byte, 100))
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}()
	c := client19(t, "http://"+l.Addr().String())
	err = c.Call(t.Context(), "m", "f", map[string]string{"x": strings.Repeat("x", 32<<20)}, nil)
	if odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNotSent) {
		t.Errorf("%v, want it to be known that nothing ran", err)
	}
}

func TestTimeoutLeavesTheOutcomeUnknown(t *testing.T) {
	s := standin.New(standin.Options{Key: secret})
	s.Fail(standin.Rule{Fault: standin.CommitThenHang, Times: 1})
	server := httptest.NewServer(s)
	defer server.Close()
	c := client19(t, server.URL, func(c *odoo.Config) { c.Timeout = 50 * time.Millisecond })
	_, err := c.Whoami(t.Context())
	if odoo.ClassOf(err) != odoo.Unknown || !errors.Is(err, odoo.ErrNoAnswer) || !strings.Contains(err.Error(), "timed out after 50ms") {
		t.Errorf("%v", err)
	}
	if u, err := c.Whoami(t.Context()); err != nil || u != (odoo.User{ID: 5, Lang: "en_US"}) {
		t.Errorf("%+v, %v", u, err)
	}
	if st := c.Status(); st.State != odoo.StateUp || st.Err != nil || !st.FailingSince.IsZero() {
		t.Errorf("%+v", st)
	}
}

func TestOneCallAtATime(t *testing.T) {
	var running, most atomic.Int32
	arrived, release := make(chan struct{}, 20), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), running.Add(1)))
		arrived <- struct{}{}
		<-release
		running.Add(-1)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "1")
	}))
	defer server.Close()
	c := client19(t, server.URL)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := c.Call(t.Context(), "m", "f", nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
	<-arrived
	// One that gives up while it waits for its turn has not been sent.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Call(ctx, "m", "f", nil, nil); odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, context.Canceled) || !errors.Is(err, odoo.ErrNotSent) {
		t.Errorf("waiting call: %v", err)
	}
	if st := c.Status(); st.Latency <= 0 {
		t.Errorf("latency %v while a call is under way", st.Latency)
	}
	close(release)
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d calls at once, want 1", most.Load())
	}
}

func TestPagesThatAreNotOdoos(t *testing.T) {
	for _, tt := range []struct {
		status      int
		contentType string
		header      map[string]string
		body        string
		class       odoo.Class
		cause       error
	}{
		{200, "text/html", nil, "<html><title>Guest\n network</title>", odoo.Transient, odoo.ErrNotJSON},
		{200, "", nil, "", odoo.Transient, odoo.ErrNotJSON},
		{201, "application/json", nil, "1", odoo.Unknown, odoo.ErrUnexpected},
		{204, "application/json", nil, "", odoo.Unknown, odoo.ErrUnexpected},
		{301, "text/html", map[string]string{"Location": "https://odoo.example.com/json/2/m/f"}, "", odoo.Denied, odoo.ErrRedirected},
		{302, "text/html", map[string]string{"Location": "https://portal.example.com/login"}, "", odoo.Transient, odoo.ErrNotJSON},
		{303, "text/html", map[string]string{"Location": "/web/login?redirect=x"}, "", odoo.Transient, odoo.ErrNotJSON},
		{400, "text/html", nil, "<title>400 The plain HTTP request was sent to HTTPS port</title>", odoo.Denied, odoo.ErrHTTPS},
		{401, "text/html", nil, "", odoo.Stop, odoo.ErrNotJSON},
		{403, "text/html", nil, "", odoo.Denied, odoo.ErrNotJSON},
		{404, "text/plain", nil, "404 page not found", odoo.Transient, odoo.ErrNotJSON},
		{404, "application/json", nil, `{"error":"no route"}`, odoo.Transient, odoo.ErrNotJSON},
		{407, "text/html", nil, "", odoo.Denied, odoo.ErrNotJSON},
		{408, "text/html", nil, "", odoo.Transient, odoo.ErrNotJSON},
		{413, "text/html", nil, "", odoo.Refused, odoo.ErrNotJSON},
		{429, "text/html", map[string]string{"Retry-After": "17"}, "", odoo.Transient, odoo.ErrNotJSON},
		{500, "text/html", nil, "", odoo.Transient, odoo.ErrNotJSON},
		{502, "text/html", nil, "", odoo.Unknown, odoo.ErrNotJSON},
		{503, "text/html", map[string]string{"Retry-After": "17"}, "", odoo.Transient, odoo.ErrNotJSON},
		{504, "text/html", nil, "", odoo.Unknown, odoo.ErrNotJSON},
		{521, "text/html", nil, "", odoo.Transient, odoo.ErrNotJSON},
		{524, "text/html", nil, "", odoo.Unknown, odoo.ErrNotJSON},
		{409, "application/json", nil, `{"name":"odoo.exceptions.LockError","message":"locked"}`, odoo.Transient, nil},
		{500, "application/json", nil, `{"name":"psycopg2.OperationalError","message":"gone"}`, odoo.Unknown, nil},
		{500, "application/json", nil, `{"name":"psycopg2.errors.NotNullViolation","message":"no"}`, odoo.Refused, nil},
		{400, "application/json", nil, `{"name":"werkzeug.exceptions.ClientDisconnected","message":"gone"}`, odoo.Transient, nil},
		{422, "application/json", nil, `{"name":"odoo.exceptions.UserError","message":"key ` + secret + ` is yours"}`, odoo.Refused, nil},
		{422, "application/json", nil, `{"name":"odoo.exceptions.UserError","message":"` + strings.Repeat("é", 5000) + `","debug":"` + strings.Repeat("x", 5000) + `"}`, odoo.Refused, nil},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{tt.contentType}
			for k, v := range tt.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}))
		var logs bytes.Buffer
		c := client19(t, server.URL, func(c *odoo.Config) {
			c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		err := c.Call(t.Context(), "m", "f", nil, new(any))
		server.Close()
		var e *odoo.Error
		if !errors.As(err, &e) || e.Class != tt.class || e.Status != tt.status || (tt.cause != nil && !errors.Is(err, tt.cause)) {
			t.Errorf("%d %.60s: %v (%v), want %v and %v", tt.status, tt.body, err, odoo.ClassOf(err), tt.class, tt.cause)
			continue
		}
		if strings.Contains(err.Error()+logs.String(), secret) || len(err.Error()) > 1000 {
			t.Errorf("%d: the error tells too much: %d bytes %.200s", tt.status, len(err.Error()), err)
		}
		if tt.header["Retry-After"] != "" && e.After != 17*time.Second {
			t.Errorf("%d: wait %v, want the proxy's 17 s", tt.status, e.After)
		}
		if logs.Len() == 0 {
			t.Error("no log line")
		}
	}
}

func TestTLSIsVerifiedAndTellsTheTime(t *testing.T) {
	s := standin.New(standin.Options{Key: secret, Now: func() time.Time { return time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC) }})
	server := httptest.NewTLSServer(s)
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	var dates []time.Time
	trusting := func(c *odoo.Config) {
		c.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		c.OnDate = func(d time.Time) { dates = append(dates, d) }
		c.URL, c.Host = "https://example.com", server.Listener.Addr().String()
	}
	if _, err := client(t, "", trusting).Whoami(t.Context()); err != nil {
		t.Fatalf("by another address: %v", err)
	}
	if len(dates) != 2 || !dates[0].Equal(time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)) {
		t.Errorf("dates %v", dates)
	}
	for name, change := range map[string]func(*odoo.Config){
		"unknown authority": func(c *odoo.Config) { trusting(c); c.RootCAs = nil },
		"another name":      func(c *odoo.Config) { trusting(c); c.URL = "https://odoo.example.net" },
		"ended": func(c *odoo.Config) {
			trusting(c)
			c.Now = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		},
		"not begun": func(c *odoo.Config) { trusting(c); c.Now = func() time.Time { return time.Unix(-1e6, 0) } },
		"ended, by an untrusted clock": func(c *odoo.Config) {
			trusting(c)
			c.Trusted = func() bool { return false }
			c.Now = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		},
	} {
		_, err := client(t, "", change).Whoami(t.Context())
		if !errors.Is(err, odoo.ErrUnverified) || odoo.ClassOf(err) != odoo.Transient {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(dates) != 2 {
		t.Errorf("an unverified server told the time: %v", dates)
	}
	before := func(c *odoo.Config) {
		trusting(c)
		c.Trusted, c.Now = func() bool { return false }, func() time.Time { return time.Unix(-1e6, 0) }
	}
	if _, err := client(t, "", before).Whoami(t.Context()); err != nil {
		t.Errorf("a board that thinks it is 1970: %v", err)
	}
	plain := httptest.NewServer(s)
	defer plain.Close()
	told := false
	if _, err := client(t, plain.URL, func(c *odoo.Config) { c.OnDate = func(time.Time) { told = true } }).Whoami(t.Context()); err != nil || told {
		t.Errorf("without TLS: %v, told the time: %v", err, told)
	}
}
