package web

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// TestAsksItself freezes the page: it still takes connections, and answers none.
func TestAsksItself(t *testing.T) {
	var words, ended, frozen atomic.Int64
	asked, hangs := make(chan struct{}, 1000), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	page := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("it asks for %s", r.URL.Path)
		}
		if frozen.Load() == 1 {
			close(hangs)
			<-r.Context().Done()
		}
		asked <- struct{}{}
		w.WriteHeader(http.StatusServiceUnavailable) // an answer is an answer
	})}
	go func() { _ = page.Serve(l) }()
	defer page.Close()
	s := &Server{listener: l, config: Config{Alive: func(within time.Duration) {
		if words.Add(1); within == 0 {
			ended.Add(1)
		}
	}}}
	stop := s.askItself(time.Millisecond)
	for range 6 {
		<-asked
	}
	if n := words.Load(); n < 5 {
		t.Errorf("after five answers it was said %d times that the page is alive", n)
	}
	frozen.Store(1)
	<-hangs
	said := words.Load()
	stop() // cuts it off
	if n := words.Load() - said; n != 1 || ended.Load() != 1 {
		t.Errorf("it hangs, and was said to be alive %d times; that it has ended %d times", n-1, ended.Load())
	}
}

// elsewhere is a listener at an address that the board had.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 80} }

// A network that is away takes the page's address with it: the page is as alive as before, and no watchdog restarts the board.
func TestAsksItselfWithoutItsAddress(t *testing.T) {
	words := make(chan time.Duration, 1000)
	s := &Server{listener: elsewhere{}, config: Config{Alive: func(within time.Duration) { words <- within }}}
	stop := s.askItself(time.Millisecond)
	defer stop()
	for range 5 {
		if within := <-words; within != askWithin {
			t.Errorf("it said that it is alive for %s", within)
		}
	}
	if gone("127.0.0.1:80") {
		t.Error("a page that is asked by the loopback is not asked")
	}
}

func TestOwnAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:80": "127.0.0.1:80", "[::]:8080": "127.0.0.1:8080", "127.0.0.1:1": "127.0.0.1:1", "192.0.2.7:80": "192.0.2.7:80", "[fe80::1]:80": "[fe80::1]:80",
	} {
		at, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := ownAddress(at); got != want {
			t.Errorf("ownAddress(%s) = %s, want %s", addr, got, want)
		}
	}
}
