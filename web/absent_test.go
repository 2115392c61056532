package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// nowhere is an address that no board has.
const nowhere = "192.0.2.7:80"

// absentServer is a server whose address that is, and whose only page tells its health.
func absentServer(log *slog.Logger) *Server {
	s := &Server{config: Config{Listen: nowhere, Grace: time.Minute}, log: log, listen: new(net.ListenConfig).Listen, stopping: make(chan struct{}),
		deps: Deps{Health: func(context.Context) Health { return Health{Status: HealthOK} }}}
	s.handler = http.HandlerFunc(s.healthz)
	return s
}

func onLoopback(t *testing.T, s *Server) string {
	t.Helper()
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if at := addr.(*net.TCPAddr); !at.IP.IsLoopback() || at.Port == 80 {
		t.Errorf("without its address the page is at %s", at)
	}
	return addr.String()
}

// asksHealth asks the page at an address how it is.
func asksHealth(t *testing.T, addr string) (h Health) {
	t.Helper()
	a, err := http.Get("http://" + addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if err := json.NewDecoder(a.Body).Decode(&h); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("healthz: %d, %v", a.StatusCode, err)
	}
	return h
}

// An address that the board has not holds nothing up: the page is on the board alone, says so, and takes the address when it comes.
func TestAddressThatComes(t *testing.T) {
	var there atomic.Bool
	came := make(chan net.Addr, 1)
	s := absentServer(slog.New(slog.DiscardHandler))
	own := s.listen
	s.listen = func(ctx context.Context, network, address string) (net.Listener, error) {
		if address != nowhere || !there.Load() {
			return own(ctx, network, address) // the kernel's own refusal
		}
		ln, err := own(ctx, network, "127.0.0.1:0")
		if err == nil {
			came <- ln.Addr()
		}
		return ln, err
	}
	here := onLoopback(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	if h := asksHealth(t, here); h.Status != HealthDegraded || !strings.Contains(h.FirstError, nowhere) || !strings.Contains(h.FirstError, "look at the network") {
		t.Errorf("without its address it says %+v", h)
	}
	there.Store(true)
	for _, addr := range []string{(<-came).String(), here} {
		for asksHealth(t, addr).Status != HealthOK { // until it was noted
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	if _, err := s.Listen(); err != nil || s.notListening() != nil {
		t.Errorf("at the end: %v, %v", err, s.notListening())
	}
}

// One that ends while its address is away ends in order.
func TestEndsWithoutItsAddress(t *testing.T) {
	s := absentServer(slog.New(slog.DiscardHandler))
	onLoopback(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Errorf("Run = %v", err)
	}
}

// The address is looked for at once and then every few seconds, and each new reason is logged once.
func TestAwaitsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := absentServer(slog.New(slog.NewTextHandler(&log, nil)))
		s.away = syscall.EADDRNOTAVAIL
		begun, last, looks := time.Now(), time.Now(), 0
		s.listen = func(context.Context, string, string) (net.Listener, error) {
			if wait := time.Since(last); wait > lastLook || looks == 0 && wait > time.Second {
				t.Errorf("look %d after %s", looks, wait)
			}
			looks, last = looks+1, time.Now()
			switch since := time.Since(begun); {
			case since < time.Hour:
				return nil, &net.OpError{Op: "listen", Err: syscall.EADDRNOTAVAIL}
			case since < 2*time.Hour:
				return nil, &net.OpError{Op: "listen", Err: syscall.EADDRINUSE}
			}
			return elsewhere{}, nil
		}
		if ln := s.awaitAddress(t.Context()); ln == nil || s.notListening() != nil {
			t.Errorf("awaitAddress = %v, %v", ln, s.notListening())
		}
		if looks > 2*3600/4 {
			t.Errorf("it looked %d times in two hours", looks)
		}
		if said := log.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "in use") || !strings.Contains(said, "192.0.2.7") {
			t.Errorf("it logged:\n%s", said)
		}
	})
}

// What is wrong with an address for good is told at once.
func TestAbsent(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, syscall.EADDRNOTAVAIL: true, syscall.EADDRINUSE: false, syscall.EACCES: false, syscall.EAFNOSUPPORT: false,
		&net.DNSError{Name: "crema.example", IsTemporary: true}: true, errors.New("bad"): false,
	} {
		if got := absent(err); got != want {
			t.Errorf("absent(%v) = %t", err, got)
		}
	}
}
