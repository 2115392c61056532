package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is the page and the API. Make it with [New]. Safe for concurrent use; Run is
// called once.
type Server struct {
	config   Config
	deps     Deps
	log      *slog.Logger
	now      func() time.Time
	page     *page
	assets   *assets
	sessions *sessions
	once     *onceLinks
	throttle *throttle
	origins  *http.CrossOriginProtection
	handler  http.Handler
	streams  chan struct{} // a place for each stream of events

	stopping chan struct{} // closed when Run begins to end
	work     inflight

	mu       sync.Mutex
	listener net.Listener
}

const (
	maxStreams   = 32
	defaultGrace = 5 * time.Second

	// What a request may take. A handler that takes longer (backup, test, events) says
	// so with http.ResponseController.
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

// New makes the server; it does not listen yet.
func New(c Config, d Deps) *Server {
	c.Grace = cmp.Or(c.Grace, defaultGrace)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if d.Events == nil {
		d.Events = new(Hub)
	}
	a := newAssets()
	s := &Server{
		config:   c,
		deps:     d,
		log:      c.Logger,
		now:      c.Now,
		assets:   a,
		page:     newPage(a),
		sessions: newSessions(c.Now),
		once:     new(onceLinks),
		throttle: newThrottle(c.Now),
		origins:  http.NewCrossOriginProtection(),
		streams:  make(chan struct{}, maxStreams),
		stopping: make(chan struct{}),
	}
	s.handler = s.routes()
	return s
}

// Handler is everything that is served, for tests and for other servers.
func (s *Server) Handler() http.Handler { return s.handler }

// Listen takes [Config.Listen], so that its address is known before Run serves it.
func (s *Server) Listen() (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		ln, err := net.Listen("tcp", s.config.Listen)
		if err != nil {
			return nil, err // "listen tcp 127.0.0.1:80: bind: permission denied" says it all
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
	served := make(chan error, 1)
	go func() { served <- srv.Serve(s.listener) }()

	var err error
	select {
	case err = <-served: // the listener broke
	case <-ctx.Done():
	}
	close(s.stopping)
	grace, done := context.WithTimeout(base, s.config.Grace)
	defer done()
	if srv.Shutdown(grace) != nil {
		s.log.Warn("requests cut off at the end", "grace", s.config.Grace)
		err = errors.Join(err, srv.Close())
	}
	cut()
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
