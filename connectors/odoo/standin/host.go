package standin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Host serves a stand-in on an address of its own and can be switched off and on again: while it is off,
// connections are refused, as by a machine on which Odoo doesn't run.
type Host struct {
	address string
	handler http.Handler

	mu     sync.Mutex
	server *http.Server
	done   chan struct{} // closed when server has ended
}

// Start listens on address, such as "127.0.0.1:0", and serves h.
func Start(address string, h http.Handler) (*Host, error) {
	t := &Host{address: address, handler: h}
	if err := t.On(); err != nil {
		return nil, err
	}
	return t, nil
}

// URL is where the stand-in is reached, on or off.
func (t *Host) URL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return "http://" + t.address
}

// On listens again, on the same port. It does nothing while the host is on.
func (t *Host) On() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server != nil {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", t.address)
	if err != nil {
		return fmt.Errorf("stand-in: %w", err)
	}
	t.address = l.Addr().String()
	server, done := &http.Server{Handler: t.handler, ReadHeaderTimeout: 10 * time.Second}, make(chan struct{})
	t.server, t.done = server, done
	go func() {
		defer close(done)
		server.Serve(l) //nolint:errcheck // it ends when Off closes it
	}()
	return nil
}

// Off closes the port and all connections at once, in the middle of a call too; a call that runs goes on unheard.
func (t *Host) Off() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server == nil {
		return nil
	}
	err := t.server.Close()
	<-t.done
	t.server = nil
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stand-in: %w", err)
	}
	return nil
}
