package web

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// meanwhile is where the page is while its address is none of the board's: the commands find it there, and nobody else does.
const meanwhile = "127.0.0.1:0"

// The waits between two looks whether the address has come: each twice as long as the one before.
const (
	firstLook = 250 * time.Millisecond
	lastLook  = 5 * time.Second
)

// absent tells whether an address can't be listened on because the board has it not now, with its cable out or DHCP late; or
// because nobody can be asked which one a name means. One that another program has is no such address.
func absent(err error) bool {
	_, name := errors.AsType[*net.DNSError](err)
	return name || errors.Is(err, syscall.EADDRNOTAVAIL)
}

// awaitAddress waits until [Config.Listen] can be listened on, where that was absent at the start; nil if it was not, or if ctx
// ends before.
func (s *Server) awaitAddress(ctx context.Context) net.Listener {
	told := s.notListening()
	if told == nil {
		return nil
	}
	for wait := firstLook; ; wait = min(2*wait, lastLook) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		ln, err := s.listen(ctx, "tcp", s.config.Listen)
		s.mu.Lock()
		s.away = err
		s.mu.Unlock()
		switch {
		case err == nil:
			s.log.Info("the page's address is there: it listens on it now", "listen", ln.Addr())
			return ln
		case absent(err) != absent(told) && ctx.Err() == nil: // it came, and another program has it, say
			s.log.Warn("the page can't listen on its address, which is tried again", "error", err)
			told = err
		}
	}
}

// notListening is why the page is not at its address; nil while it is.
func (s *Server) notListening() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}
