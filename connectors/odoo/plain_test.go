package odoo_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"crema/connectors/odoo"
)

// Whoever reads why Odoo is away reads it in words, with what to look at, and nothing of how Go says it.
func TestPlainWords(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hangs.Close()
	breaks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer breaks.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	nginx := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body><h1>400 Bad Request</h1></body></html>")
	}))
	defer nginx.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()

	for name, c := range map[string]struct {
		config odoo.Config
		says   string
	}{
		"refused":             {odoo.Config{URL: "http://" + nobody}, "nothing listens at " + nobody},
		"http":                {odoo.Config{URL: strings.Replace(plain.URL, "http:", "https:", 1)}, "write http:// in `url`"},
		"https":               {odoo.Config{URL: strings.Replace(tls.URL, "https:", "http:", 1)}, "write https:// in `url`"},
		"https of nginx":      {odoo.Config{URL: nginx.URL}, "write https:// in `url`"},
		"no answer":           {odoo.Config{URL: hangs.URL, Timeout: 50 * time.Millisecond}, "timed out"},
		"broken off":          {odoo.Config{URL: breaks.URL}, "broke the connection off"},
		"a proxy that's away": {odoo.Config{URL: "http://odoo.invalid", Proxy: odoo.Proxy("http://" + nobody)}, "the proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Key = func() (string, error) { return "key", nil }
			client, err := odoo.New(c.config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Probe(t.Context())
			if err == nil {
				t.Fatal("it went well")
			}
			text := odoo.Plain(err)
			if !strings.Contains(text, c.says) {
				t.Errorf("%q says nothing of %q", text, c.says)
			}
			for _, raw := range []string{"dial", "transient", "not sent", "odoo:", "tcp", "http: server", "EOF", "connect:"} {
				if strings.Contains(text, raw) {
					t.Errorf("%q still says %q", text, raw)
				}
			}
			if st := client.Status(); st.Err != nil && !strings.HasPrefix(st.Err.Error(), "odoo: ") {
				t.Errorf("the raw error is lost: %v", st.Err)
			}
		})
	}

	sent := func(cause error) error {
		return fmt.Errorf("kitchen: %w", &odoo.Error{Class: odoo.Transient, Model: "account.tax", Method: "search_read", Err: fmt.Errorf("%w: %w", odoo.ErrNotSent, cause)})
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{sent(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "odoo.invalid", Server: "10.0.0.1", IsNotFound: true}}), `there is no server of the name "odoo.invalid"`},
		{sent(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "odoo.lan", IsTemporary: true}}), `no name server says where "odoo.lan" is: look whether the board's network is up`},
		{sent(&net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9), Port: 443}, Err: syscall.ENETUNREACH}), "no way leads to the server at 10.0.0.9:443: look whether the board's network is up"},
		{&odoo.Error{Status: 404, Err: odoo.ErrNoDatabase}, odoo.ErrNoDatabase.Error()},
		{&odoo.Error{Status: 503, Message: "Sorry.", Err: odoo.ErrNotJSON}, odoo.ErrNotJSON.Error() + " (Sorry)"},
		{&odoo.Error{Status: 422, Name: "odoo.exceptions.UserError", Message: "Close it first."}, "Close it first"},
		{errors.New("the disk is full"), "the disk is full"},
	} {
		if got := odoo.Plain(c.err); got != c.want {
			t.Errorf("Plain(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

// What a job ends with begins with a line for people; the whole of the error follows it, and stays what it is.
func TestJobErrorIsWorded(t *testing.T) {
	cause := &odoo.Error{Class: odoo.Transient, Model: "pos.order", Method: "sync_from_ui", Err: fmt.Errorf("dial tcp: %w", syscall.ECONNREFUSED)}
	err := cause.JobOutcome(fmt.Errorf("book: %w", cause))
	first, rest, _ := strings.Cut(err.Error(), "\n")
	if !strings.HasPrefix(first, "nothing listens at") || strings.Contains(first, "dial") || !strings.Contains(rest, "book: ") || !strings.Contains(rest, "sync_from_ui") || !strings.Contains(rest, "dial tcp") {
		t.Errorf("the job ends with %q", err)
	}
	if e, ok := errors.AsType[*odoo.Error](err); !ok || e != cause || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v is no error of Odoo any more", err)
	}
	if err := errors.New("full"); odoo.Worded(err).Error() != "full" {
		t.Errorf("%q says the same twice", odoo.Worded(err))
	}
}
