package connectors_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"crema/connectors"
)

// TestNetworkErrors: no answer and the gateways' codes are tried again, what was refused
// is not; the errors are those that a real client makes.
func TestNetworkErrors(t *testing.T) {
	none, cancel := context.WithCancel(t.Context())
	cancel()
	released := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-released:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(released)
	cut := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			c.Close()
		}
	}))
	defer cut.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	tls := httptest.NewTLSServer(nil)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer tls.Close()
	get := func(url string) error {
		c := &http.Client{}
		if url == slow.URL {
			c.Timeout = 20 * time.Millisecond
		}
		_, err := c.Get(url)
		if err == nil {
			t.Fatalf("%s answered", url)
		}
		return err
	}
	_, noFile := os.Open("/no/such/file")

	for _, c := range []struct {
		name string
		err  error
		net  bool
	}{
		{"refused", get(closed.URL), true},
		{"timeout", get(slow.URL), true},
		{"cut", get(cut.URL), true},
		{"looked up in vain", fmt.Errorf("dial: %w", &net.DNSError{Err: "no such host", Name: "odoo.example", IsNotFound: true}), true},
		{"half an answer", fmt.Errorf("read body: %w", io.ErrUnexpectedEOF), true},
		{"bad certificate", get(tls.URL), false},
		{"bad scheme", get("gopher://example"), false},
		{"no file", noFile, false},
		{"something else", errors.New("no milk"), false},
		{"a bad certificate alone", x509.UnknownAuthorityError{}, false},
	} {
		err := connectors.NoAnswer(t.Context(), c.err)
		var network *connectors.NetworkError
		if errors.As(err, &network) != c.net || !errors.Is(err, c.err) {
			t.Errorf("%s: NoAnswer(%v) = %T", c.name, c.err, err)
		}
		if over := connectors.NoAnswer(none, c.err); over != c.err {
			t.Errorf("%s: after the end of the job NoAnswer = %v, want the error as it is", c.name, over)
		}
	}
	if err := connectors.NoAnswer(t.Context(), nil); err != nil {
		t.Errorf("NoAnswer(nil) = %v", err)
	}

	plain := errors.New("the reply")
	for status := 400; status < 600; status++ {
		err := connectors.BadStatus(status, 7*time.Second, plain)
		var network *connectors.NetworkError
		var refused *connectors.RefusedError
		again := errors.As(err, &network)
		switch status {
		case 408, 425, 429, 502, 503, 504:
			if !again || network.After != 7*time.Second {
				t.Errorf("%d: %v, want it tried again after 7 s", status, err)
			}
		default:
			if again || errors.As(err, &refused) != (status < 500) || status >= 500 && err != plain {
				t.Errorf("%d: %T", status, err)
			}
		}
		if !errors.Is(err, plain) {
			t.Errorf("%d: %v hides the reply", status, err)
		}
	}
}
