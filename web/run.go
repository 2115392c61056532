package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	defaultGrace = 5 * time.Second

	// What a request may take. A handler that takes longer (backup, test, events) says
	// so with http.ResponseController.
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

// Listen takes [Config.Listen], so that its address is known before Run serves it. Where the board has no such address now, it
// takes a free port of the loopback, and Run takes the address beside it once it comes: the rest of the board need not wait.
func (s *Server) Listen() (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		ln, err := s.listen(context.Background(), "tcp", s.config.Listen)
		if absent(err) {
			s.away = err
			if ln, err = s.listen(context.Background(), "tcp", meanwhile); err == nil {
				s.log.Warn("the page's address is none of this board's now; it is tried again, and the page is only on the board itself meanwhile", "error", s.away, "meanwhile", ln.Addr())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%w: give the page another address, with --listen or `listen`", err)
		}
		s.listener = ln
	}
	return s.listener.Addr(), nil
}

// Run serves until ctx ends, and listens first if Listen was not called. At the end
// streams of events are closed at once, other requests have [Config.Grace] and are cut
// off then. No handler runs any more when Run returns. The error is nil after an
// orderly end.
func (s *Server) Run(ctx context.Context) error {
	if _, err := s.Listen(); err != nil {
		return err
	}
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := &http.Server{
		Handler:           s.work.count(s.handler),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	var quiet quietConns
	srv.ConnState = quiet.note
	served, waited := make(chan error, 2), make(chan struct{})
	go func() { served <- srv.Serve(s.listener) }()
	go func() {
		defer close(waited)
		if ln := s.awaitAddress(base); ln != nil {
			served <- srv.Serve(ln)
		}
	}()
	stopAsking := func() {}
	if s.config.Alive != nil {
		stopAsking = s.askItself(askEvery)
	}

	var err error
	select {
	case err = <-served: // a listener broke
	case <-ctx.Done():
	}
	stopAsking()
	close(s.stopping)
	quiet.close()
	grace, done := context.WithTimeout(base, s.config.Grace)
	defer done()
	if srv.Shutdown(grace) != nil {
		s.log.Warn("requests cut off at the end", "grace", s.config.Grace)
		err = errors.Join(err, srv.Close())
	}
	cut()
	<-waited
	s.work.wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// inflight counts the handlers at work, so that nothing they use is closed under them:
// http.Server.Close does not wait for them.
type inflight struct {
	mu    sync.Mutex
	n     int
	ended bool
	idle  chan struct{}
}

func (f *inflight) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		if f.ended {
			f.mu.Unlock()
			panic(http.ErrAbortHandler) // a connection that was accepted just before the end
		}
		f.n++
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.n--; f.n == 0 && f.idle != nil {
				close(f.idle)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (f *inflight) wait() {
	f.mu.Lock()
	f.ended = true
	if f.n == 0 {
		f.mu.Unlock()
		return
	}
	f.idle = make(chan struct{})
	f.mu.Unlock()
	<-f.idle
}

// quietConns is the connections on which nothing was asked yet. Browsers open them in
// advance, and http.Server.Shutdown waits five seconds for each.
type quietConns struct {
	mu    sync.Mutex
	ended bool
	open  map[net.Conn]struct{}
}

func (q *quietConns) note(c net.Conn, state http.ConnState) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if state != http.StateNew {
		delete(q.open, c)
		return
	}
	if q.ended {
		_ = c.Close() // accepted just before the end
		return
	}
	if q.open == nil {
		q.open = make(map[net.Conn]struct{})
	}
	q.open[c] = struct{}{}
}

func (q *quietConns) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	for c := range q.open {
		_ = c.Close()
	}
}
