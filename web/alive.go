package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// How often the page asks itself, how long it waits for its answer, and how long it may be
// silent: two answers may be missing.
const (
	askEvery    = 20 * time.Second
	askPatience = 10 * time.Second
	askWithin   = 3 * askEvery
)

// askItself asks for the page's own health, over its address as any other would, and says
// for each answer, whatever it is, that the page is alive; until stop is called.
func (s *Server) askItself(every time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.config.Alive(askWithin)
	go func() {
		defer close(ended)
		defer s.config.Alive(0)
		// A connection for each: that the page takes new ones is what is asked.
		asker := http.Client{Timeout: askPatience, Transport: &http.Transport{DisableKeepAlives: true}}
		again := time.NewTicker(every)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-again.C:
			}
			at := ownAddress(s.listener.Addr())
			if gone(at) {
				s.config.Alive(askWithin)
				continue
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/healthz", nil)
			if err != nil {
				continue // there is no such address
			}
			if resp, err := asker.Do(req); err == nil {
				_ = resp.Body.Close()
				s.config.Alive(askWithin)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// gone tells whether an address is none of this board's, as that of a network is while its cable is out: that nobody answers
// there is not the page's fault, and no reason to restart the board.
func gone(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err == nil {
		_ = l.Close()
	}
	return errors.Is(err, syscall.EADDRNOTAVAIL)
}

// ownAddress is where to reach a listener from here: one for all networks by the loopback.
func ownAddress(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return a.String()
	}
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1}) // takes it for all addresses of either kind
	return netip.AddrPortFrom(loopback, at.Port()).String()
}
